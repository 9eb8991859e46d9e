"""Search results as one HTML file that needs nothing else."""

import io
import warnings
from pathlib import Path

from jinja2 import Environment, PackageLoader
from PIL import Image, ImageOps

from scripts.search.searcher import Results
from scripts.shared.errors import CliError
from scripts.shared.photos import as_base64

# of the query's picture, in pixels
_SIDE = 256

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


def _small_jpeg(path: Path) -> str | None:
    """None for what only the sidecar reads, such as HEIC."""
    buffer = io.BytesIO()
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")
            image.draft("RGB", (_SIDE, _SIDE))
            image.thumbnail((_SIDE, _SIDE))
            ImageOps.exif_transpose(image).convert("RGB").save(buffer, "JPEG", quality=85)
    except Exception:  # Pillow's readers raise a dozen types, and the search has found what it was asked for
        return None
    return as_base64(buffer.getvalue())
