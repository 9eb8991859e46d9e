"""Search results as one HTML file that needs nothing else."""

import io
from pathlib import Path

from jinja2 import Environment, PackageLoader
from PIL import Image, ImageOps

from scripts.search.searcher import Results
from scripts.shared.errors import CliError
from scripts.shared.photos import as_base64

_TEMPLATES = Environment(loader=PackageLoader("scripts.search"), autoescape=True)


def write_page(target: Path, title: str, results: Results, query_image: Path | None = None) -> None:
    """Write the page; `query_image` is shown above the hits.

    Raises:
        CliError: the file can't be written.
    """
    page = _TEMPLATES.get_template("results.html.j2").render(
        title=title, results=results, query_image=query_image and _small_jpeg(query_image)
    )
    try:
        target.write_text(page, "utf-8")
    except OSError as error:
        raise CliError(f"--html: expected a file that can be written, found {target}: {error.strerror}") from None


def _small_jpeg(path: Path) -> str:
    buffer = io.BytesIO()
    with Image.open(path) as image:
        small = ImageOps.exif_transpose(image).convert("RGB")
        small.thumbnail((256, 256))
        small.save(buffer, "JPEG", quality=85)
    return as_base64(buffer.getvalue())
