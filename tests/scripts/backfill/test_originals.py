"""Files are found again by their bytes, and by name only where nothing else is known."""

import hashlib
from pathlib import Path

import pytest

from scripts.backfill.originals import Originals


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def originals(tmp_path: Path) -> Originals:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/a.jpg").write_bytes(b"a")
    (tmp_path / "b.jpg").write_bytes(b"b")
    (tmp_path / "notes.txt").write_bytes(b"text")
    return Originals(tmp_path)


@pytest.mark.parametrize(
    ("digest", "filename", "found"),
    [
        (sha256(b"a"), "deep/a.jpg", b"a"),
        (sha256(b"a"), "of-old.jpg", b"a"),
        (sha256(b"a"), None, b"a"),
        (sha256(b"a"), "b.jpg", b"a"),
        (sha256(b"c"), "b.jpg", None),
        (sha256(b"text"), "notes.txt", None),
        (None, "b.jpg", b"b"),
        (None, "a.jpg", None),
        (None, None, None),
    ],
)
def test_bytes_win_over_names(
    originals: Originals, digest: str | None, filename: str | None, found: bytes | None
) -> None:
    assert originals.read(digest, filename) == found


def test_a_file_that_vanished_is_not_found(originals: Originals, tmp_path: Path) -> None:
    (tmp_path / "b.jpg").unlink()
    assert originals.read(None, "b.jpg") is None
    assert originals.read(sha256(b"b"), "b.jpg") is None
