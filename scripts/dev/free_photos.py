"""The photos in the documents' pictures, all in the public domain or CC0; docs/pictures.md has each with its source.

Some come with scikit-image, the others with Debian's package gcompris-qt-data, in archives of Qt.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from scripts.demo import shipped_photos
from scripts.shared.errors import CliError
from scripts.shared.photos import Photo

ARCHIVES = Path("/usr/share/gcompris-qt/rcc")
"""Where Debian's package has them."""

SHIPPED = ("astronaut.png", "cat.png", "clock.png", "coffee.png", "rocket.jpg")
PACKED = {
    "explore_farm_animals": ("cat", "chicken", "cow", "dog", "duck", "horse", "owl", "pig", "sheep"),
    "explore_world_animals": (
        *("bison", "chameleon", "crocodile", "dragon", "giraffe", "hedgehog", "jaguar", "kangaroo", "koala", "lemur"),
        *("moose", "narwhal", "panda", "polar_bear", "scarlet_macaw"),
    ),
    "explore_monuments": (
        *("arlesAmphitheater", "brandenburgGate", "eiffelTower", "greatWallofChina", "neuschwansteinCastle", "petra"),
        *("pontduGard", "reimsCathedral"),
    ),
    "explore_world_music": ("africa", "middleeast", "orchestra"),
}
_NAMES = {"africa": "drums", "cat": "kitten", "dragon": "komodo_dragon", "middleeast": "dutar"}

_COMPRESSED, _FOLDER, _ZSTD = 1, 2, 4


def free_photos(folder: Path, archives: Path = ARCHIVES) -> list[Photo]:
    """All of them; those that are packed are written into `folder`.

    Raises:
        CliError: gcompris-qt-data or scikit-image is not installed.
    """
    photos = [photo for photo in shipped_photos() if photo.name in SHIPPED]
    for activity, names in PACKED.items():
        archive = archives / f"{activity}.rcc"
        if not archive.is_file():
            raise CliError(f"Expected {archive}, found none: apt-get install gcompris-qt-data.")
        packed = dict(_files(archive.read_bytes()))
        for name in names:
            path = folder / f"{_NAMES.get(name, name)}.webp"
            path.write_bytes(packed[f"{name}.webp"])
            photos.append(Photo(path, path.name))
    return photos


def _files(archive: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of an archive (qres, versions 2 and 3): a tree of nodes of 22 bytes."""
    tree, contents, names = struct.unpack_from(">III", archive, 8)

    def below(number: int) -> Iterator[tuple[str, bytes]]:
        node = tree + 22 * number
        name, flags = struct.unpack_from(">IH", archive, node)
        if flags & _FOLDER:
            count, first = struct.unpack_from(">II", archive, node + 6)
            for child in range(first, first + count):
                yield from below(child)
        elif not flags & _ZSTD:  # texts; photos are not compressed again
            (length,) = struct.unpack_from(">H", archive, names + name)
            text = archive[names + name + 6 : names + name + 6 + 2 * length].decode("utf-16-be")
            start = contents + struct.unpack_from(">I", archive, node + 10)[0]
            (size,) = struct.unpack_from(">I", archive, start)
            content = archive[start + 4 : start + 4 + size]
            yield text, zlib.decompress(content[4:]) if flags & _COMPRESSED else content

    yield from below(0)
