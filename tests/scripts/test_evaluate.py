from pathlib import Path

from scripts.evaluate import by_content
from scripts.photos import find_photos


def test_the_same_bytes_under_two_names_are_one_photo(tmp_path: Path) -> None:
    for name, content in (("cat.1.jpg", b"a"), ("cat.2.jpg", b"b"), ("dog.1.jpg", b"a")):
        (tmp_path / name).write_bytes(content)
    assert [photo.name for photo in by_content(find_photos([tmp_path])).values()] == ["cat.1.jpg", "cat.2.jpg"]
