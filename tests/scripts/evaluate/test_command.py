from pathlib import Path

from scripts.evaluate.command import by_content
from scripts.shared.photos import LeftOut, Photo, find_photos


def test_the_same_bytes_under_two_names_are_one_photo(tmp_path: Path) -> None:
    for name, content in (("cat.1.jpg", b"a"), ("cat.2.jpg", b"b"), ("dog.1.jpg", b"a")):
        (tmp_path / name).write_bytes(content)
    assert [photo.name for photo in by_content(find_photos([tmp_path])).values()] == ["cat.1.jpg", "cat.2.jpg"]


def test_what_can_not_be_read_is_reported_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").write_bytes(b"a")
    photos = [Photo(tmp_path / "gone.jpg", "gone.jpg"), *find_photos([tmp_path])]
    left_out, duplicates = LeftOut(), list[dict[str, str]]()
    found = by_content([*photos, *photos[1:]], left_out, duplicates)
    assert [photo.name for photo in found.values()] == ["cat.jpg"]
    assert "can't be read: No such file" in left_out.reasons["gone.jpg"]
