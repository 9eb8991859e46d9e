"""Finding photos in folders."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.shared.photos import find_photos

NOBODY = 65_534


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that everybody may enter, which pytest's own is not."""
    path = Path(tempfile.mkdtemp(prefix="image-synset-photos-", dir="/var/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Root may open everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(user)


def test_in_order_without_hidden_ones_and_other_files(folder: Path) -> None:
    for name in ("b.JPG", "a/z.png", "a/notes.txt", ".hidden.jpg", ".trash/c.jpg", "a b/c.webp"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    assert [photo.name for photo in find_photos([folder])] == ["a/z.png", "a b/c.webp", "b.JPG"]


def test_a_folder_that_can_not_be_opened_is_not_passed_over(folder: Path, request: pytest.FixtureRequest) -> None:
    (folder / "a.jpg").touch()
    (folder / "closed").mkdir(mode=0)
    request.getfixturevalue("unprivileged")
    *_, photo, closed = find_photos([folder])
    assert (photo.name, closed.name) == ("a.jpg", "closed")
    with pytest.raises(PermissionError):
        closed.digest()
