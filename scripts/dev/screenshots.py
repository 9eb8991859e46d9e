"""Pictures of the gallery for the documents: python -m scripts.dev.screenshots, with a local stack up.

docs/pictures.md lists the photos in them.
"""

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from scripts.bench.searching.browser import chromium
from scripts.connection import connect
from scripts.dev.free_photos import free_photos
from scripts.indexing import Indexer
from scripts.local.host.ports import any_free
from scripts.shared.assets import put_assets
from scripts.shared.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

_INDEX = "image-synset-photos"
_IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
_COLORS = 256
_QUERY = "cow.webp"
_WALL: dict[str, Any] = {"viewport": {"width": 1600, "height": 1060}}
_SCREEN: dict[str, Any] = {"viewport": {"width": 1200, "height": 640}}
_PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 780},
    "color_scheme": "dark",
    "is_mobile": True,
    "has_touch": True,
}


def main() -> None:
    es = connect(Settings())
    es.indices.delete(index=_INDEX, ignore_unavailable=True)
    list(put_assets(es))
    with tempfile.TemporaryDirectory() as folder, gallery() as address, chromium() as browser:
        photos = free_photos(Path(folder), *map(Path, sys.argv[1:]))
        Indexer(es, _INDEX).run(photos)
        query = next(photo.path for photo in photos if photo.name == _QUERY)
        for name, device in (("gallery-all", _WALL), ("gallery", _SCREEN), ("gallery-phone", _PHONE)):
            with browser.new_context(base_url=address, **device) as context:
                page = context.new_page()
                page.goto(address)
                if device is not _WALL:
                    page.set_input_files("#file", query)
                    page.wait_for_selector(".synset")
                    page.wait_for_selector("#weak:visible")  # counts come last
                save(page, f"{name}.png")
    es.indices.delete(index=_INDEX)


@contextmanager
def gallery() -> Iterator[str]:
    """A gallery's address."""
    command = [sys.executable, "-c", "from scripts.cli import main; main()", "gallery", "--port", str(any_free())]
    with subprocess.Popen([*command, "--json", "--index", _INDEX], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["url"])
        process.terminate()


def save(page: "Page", name: str) -> None:
    """The window as it is, in few colors: a file that a repository can bear."""
    page.wait_for_selector("#facets button", state="attached")
    page.wait_for_selector("#grid[aria-busy=false]")
    page.wait_for_timeout(500)  # fading
    picture = Image.open(io.BytesIO(page.screenshot()))
    few = picture.convert("RGB").quantize(_COLORS, dither=Image.Dither.FLOYDSTEINBERG)
    few.save(_IMAGES / name, optimize=True)
    print(f"{_IMAGES / name}: {(_IMAGES / name).stat().st_size // 1000} KB")


if __name__ == "__main__":
    main()
