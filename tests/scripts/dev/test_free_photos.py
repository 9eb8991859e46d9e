"""The photos in the documents' pictures: each is in the list with its license."""

import re
import struct
from pathlib import Path

import pytest

from scripts.dev.free_photos import ARCHIVES, PACKED, free_photos
from scripts.shared.errors import CliError
from tests.conftest import ROOT

LISTED = re.findall(
    r"^\| (\w+) \| [^|]+ \| (?:public domain|CC0) \| [^|]+ \|$",
    (ROOT / "docs/pictures.md").read_text("utf-8"),
    re.MULTILINE,
)


def archive(files: dict[str, bytes]) -> bytes:
    """As Qt's rcc writes one, of version 2: here all files are in one folder."""
    nodes, contents, names = [struct.pack(">IHIIQ", 0, 2, len(files), 1, 0)], b"", b""
    for name, content in sorted(files.items()):
        nodes.append(struct.pack(">IHHHIQ", len(names), 0, 0, 0, len(contents), 0))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
        contents += struct.pack(">I", len(content)) + content
    tree = b"".join(nodes)
    head = struct.pack(">4sIIII", b"qres", 2, 20, 20 + len(tree), 20 + len(tree) + len(contents))
    return head + tree + contents + names


def test_every_photo_is_listed(tmp_path: Path) -> None:
    for activity, names in PACKED.items():
        packed = archive({f"{name}.webp": f"{activity} {name}".encode() for name in names})
        (tmp_path / f"{activity}.rcc").write_bytes(packed)
    photos = free_photos(tmp_path, tmp_path)
    assert [Path(photo.name).stem for photo in sorted(photos, key=lambda photo: photo.name)] == sorted(LISTED)
    assert len(LISTED) >= 30
    assert (tmp_path / "kitten.webp").read_bytes() == b"explore_farm_animals cat"


def test_without_the_package_it_says_which(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="apt-get install gcompris-qt-data"):
        free_photos(tmp_path, tmp_path)


@pytest.mark.skipif(not ARCHIVES.is_dir(), reason="needs Debian's package gcompris-qt-data")
def test_the_packages_own_archives_are_read(tmp_path: Path) -> None:
    assert all(photo.path.stat().st_size > 10_000 for photo in free_photos(tmp_path))
