"""Photos that come with scikit-image, for whoever has none of his own at hand."""

import importlib.util
from pathlib import Path

from scripts.shared.errors import CliError
from scripts.shared.photos import Photo

# what to call them
_NAMES = {
    "astronaut.png": "astronaut.png",
    "camera.png": "cameraman.png",
    "chelsea.png": "cat.png",
    "clock_motion.png": "clock.png",
    "coffee.png": "coffee.png",
    "coins.png": "coins.png",
    "hubble_deep_field.jpg": "galaxies.jpg",
    "moon.png": "moon.png",
    "motorcycle_left.png": "motorcycle-left.png",
    "motorcycle_right.png": "motorcycle-right.png",
    "page.png": "page.png",
    "rocket.jpg": "rocket.jpg",
}


def shipped_photos() -> list[Photo]:
    """Twelve of them.

    Raises:
        CliError: scikit-image is not installed.
    """
    package = importlib.util.find_spec("skimage")  # found, not imported: only its files are wanted
    if package is None or package.origin is None:
        raise CliError(
            "Expected the package scikit-image with its photos: run `make demo` or pip install 'image-synset[demo]', "
            "or name a folder of your own."
        )
    data = Path(package.origin).parent / "data"
    return [Photo(data / file, name) for file, name in _NAMES.items()]
