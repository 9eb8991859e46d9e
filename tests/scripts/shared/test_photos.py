"""Looking through folders: photos are found by what is in them, every file is accounted for, nothing is waited for."""

import base64
import io
import os
import shutil
import socket
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from scripts.shared.photos import Choice, LeftOut, Photo, find_photos, photos_at
from tests.support.image_files import HEIC, encoded, plain

NOBODY = 65_534
JPEG = plain("JPEG", (8, 8))


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


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def look(folder: Path, choice: Choice | None = None) -> tuple[list[str], LeftOut]:
    left_out = LeftOut()
    names = [photo.name for photo in find_photos([folder], choice, left_out)]
    files = sum(len(names) for _, _, names in os.walk(folder))
    links = sum((Path(parent) / name).is_symlink() for parent, names, _ in os.walk(folder) for name in names)
    if choice is None:
        assert files <= len(names) + left_out.count <= files + links
    return names, left_out


def tiff(*tags: tuple[int, int, int]) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4)


def media(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + bytes(100)


def test_in_order_without_hidden_ones_and_other_files(folder: Path) -> None:
    photos = {"b.JPG": JPEG, "a/z.png": plain("PNG"), "a b/c.webp": plain("WEBP")}
    put(folder, {**photos, "a/notes.txt": b"text", ".hidden.jpg": JPEG, ".private/c.jpg": JPEG, ".trash/d.jpg": JPEG})
    names, left_out = look(folder)
    assert names == ["a/z.png", "a b/c.webp", "b.JPG"]
    assert {kind: sorted(names) for kind, names in left_out.files.items()} == {
        "hidden": [".hidden.jpg", ".private/c.jpg"],
        "system": [".trash/d.jpg"],
        "other": ["a/notes.txt"],
    }


@pytest.mark.parametrize(
    "format_", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "ICO", "JPEG2000", "PPM", "MPO"]
)
def test_content_decides_and_not_the_name(folder: Path, format_: str) -> None:
    data = plain(format_, (16, 16))
    put(folder, {"no ending": data, "photo.txt": data, "photo.mp4": data, "HEIC.jpg": HEIC.read_bytes()})
    assert len(look(folder)[0]) == 4


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.mov", media(b"qt  "), "video"),
        ("a.jpg", media(b"isom"), "video"),
        ("a.mkv", b"\x1aE\xdf\xa3" + bytes(50), "video"),
        ("a.avi", b"RIFF\1\2\3\4AVI LIST", "video"),
        ("a.mts", bytes(4) + (b"\x47" + bytes(191)) * 5, "video"),
        ("a.mpg", b"\0\0\1\xba" + bytes(50), "video"),
        ("a.wmv", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(50), "video"),
        ("a.cr3", media(b"crx "), "raw"),
        ("a.cr2", b"II*\0\x10\0\0\0CR\2\0" + bytes(50), "raw"),
        ("a.tif", tiff((50706, 1, 1025)), "raw"),
        ("a", tiff((254, 4, 1), (330, 4, 200)), "raw"),
        ("a.nef", tiff((256, 4, 10)), "raw"),
        ("a.raf", b"FUJIFILMCCD-RAW 0201" + bytes(50), "raw"),
        ("a.rw2", b"IIU\0\x18\0\0\0" + bytes(50), "raw"),
        ("a.orf", b"IIRO\x08\0\0\0" + bytes(50), "raw"),
        ("a.m4a", media(b"M4A "), "other"),
        ("a.pdf", b"%PDF-1.7", "other"),
        ("a.xmp", b"<x:xmpmeta/>", "other"),
        ("Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "other"),
        ("empty.jpg", b"", "unreadable"),
        ("empty", b"", "other"),
    ],
)
def test_what_is_left_out_and_why(folder: Path, name: str, data: bytes, kind: str) -> None:
    put(folder, {name: data, "photo.jpg": JPEG})
    names, left_out = look(folder)
    assert (names, left_out.files) == (["photo.jpg"], {kind: [name]})


def test_a_broken_photo_is_read_so_that_its_reason_is_reported(folder: Path) -> None:
    put(folder, {"text.jpg": b"hello", "zeros.heic": bytes(100), "plain.tif": tiff((256, 4, 10)), "x.tga": b"\0\0\2"})
    assert look(folder)[0] == ["plain.tif", "text.jpg", "x.tga", "zeros.heic"]


@pytest.mark.parametrize(
    "system", ["@eaDir", "#recycle", "@Recycle", "$RECYCLE.BIN", ".thumbnails", ".@__thumb", "lost+found", "__MACOSX"]
)
def test_folders_of_systems_are_passed_over(folder: Path, system: str) -> None:
    put(folder, {f"2026/{system}/a.jpg/SYNOPHOTO_THUMB_M.jpg": JPEG, f"{system}/b.jpg": JPEG, "2026/a.jpg": JPEG})
    names, left_out = look(folder)
    assert names == ["2026/a.jpg"] and list(left_out.files) == ["system"] and left_out.count == 2


def test_exclude_adds(folder: Path) -> None:
    put(folder, {name: JPEG for name in ("a.jpg", "Screenshots/b.jpg", "x/Screenshots/c.jpg", "x/d.gif", "y/e.jpg")})
    names, left_out = look(folder, Choice(("Screenshots", "*.gif", "y/e.jpg")))
    assert names == ["a.jpg"]
    assert left_out.files == {"excluded": ["Screenshots/b.jpg", "x/Screenshots/c.jpg", "x/d.gif", "y/e.jpg"]}


def test_links_out_of_the_folder_are_followed_only_when_asked(folder: Path, tmp_path: Path) -> None:
    put(tmp_path, {"secret.jpg": JPEG, "others/one.jpg": JPEG})
    put(folder, {"real.jpg": JPEG, "in/other.jpg": JPEG})
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "folder").symlink_to(tmp_path / "others")
    (folder / "inside.jpg").symlink_to("real.jpg")
    (folder / "round").symlink_to(folder)
    (folder / "nowhere.jpg").symlink_to(folder / "gone.jpg")
    names, left_out = look(folder)
    assert names == ["in/other.jpg", "inside.jpg", "real.jpg"]
    assert sorted(left_out.files["linked outside"]) == ["folder", "link.jpg"]
    assert left_out.files["unreadable"] == ["nowhere.jpg"]
    names, left_out = look(folder, Choice(follow_links=True))
    assert {"folder/one.jpg", "link.jpg", "real.jpg"} <= set(names) and len(names) < 12
    assert "linked outside" not in left_out.files
    assert [photo.name for photo in find_photos([folder / "link.jpg"])] == ["link.jpg"]


def test_pipes_and_devices_are_never_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket.png"))
    names, left_out = look(folder)
    assert (names, left_out.files) == ([], {"special": ["pipe.jpg", "socket.png"]})
    with pytest.raises(OSError, match="no regular file"):
        Photo(folder / "pipe.jpg", "pipe.jpg").digest()
    assert list(photos_at(folder, folder / "pipe.jpg", Choice())) == []


def test_what_is_too_large_is_known_before_it_is_read(folder: Path) -> None:
    put(folder, {"small.jpg": JPEG, "large.jpg": b"\xff\xd8\xff" + bytes(5000)})
    names, left_out = look(folder, Choice(max_bytes=3000))
    assert (names, left_out.files) == (["small.jpg"], {"too large": ["large.jpg"]})
    assert "at most 3,000 bytes" in left_out.reasons["large.jpg"]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "CMYK", "1"])
def test_of_a_large_file_there_is_a_smaller_copy(folder: Path, mode: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    format_ = "JPEG" if mode == "CMYK" else "PNG"
    put(folder, {"large": plain(format_, (5000, 3000), mode, exif=exif)})
    (photo,) = find_photos([folder], Choice(max_bytes=1000))
    copy = Image.open(io.BytesIO(base64.b64decode(photo.as_base64())))
    assert (photo.large, copy.format) == (True, "JPEG")
    assert copy.size == (2458, 4096)
    assert photo.as_base64() == photo.as_base64()


def test_a_jpeg_of_200_megapixels_has_one_too_and_a_larger_one_has_none(folder: Path) -> None:
    put(folder, {"large.jpg": plain("JPEG", (16_000, 12_500), "L"), "larger.jpg": plain("JPEG", (16_000, 12_600), "L")})
    left_out = LeftOut()
    (photo,) = find_photos([folder], Choice(max_bytes=1000), left_out)
    assert max(Image.open(io.BytesIO(base64.b64decode(photo.as_base64()))).size) == 4096
    assert left_out.files == {"too large": ["larger.jpg"]}


def test_names_that_are_not_utf_8_are_shown_with_a_replacement(folder: Path) -> None:
    with open(os.fsencode(folder) + b"/caf\xe9.jpg", "wb") as file:
        file.write(JPEG)
    (photo,) = find_photos([folder])
    assert photo.name == "caf\ufffd.jpg" and len(photo.digest()) == 64


def test_a_folder_that_can_not_be_opened_is_not_passed_over(folder: Path, request: pytest.FixtureRequest) -> None:
    put(folder, {"a.jpg": JPEG, "closed.jpg": JPEG})
    (folder / "closed.jpg").chmod(0)
    (folder / "closed").mkdir(mode=0)
    request.getfixturevalue("unprivileged")
    left_out = LeftOut()
    assert [photo.name for photo in find_photos([folder], left_out=left_out)] == ["a.jpg"]
    assert sorted(left_out.files["unreadable"]) == ["closed", "closed.jpg"]
    assert all("Permission denied" in reason for reason in left_out.reasons.values())


def test_the_summary_counts_every_kind_and_does_nothing_to_a_terminal(folder: Path) -> None:
    put(folder, {"a\x1b[2J.dng": tiff((50706, 1, 1025)), "b.mov": media(b"qt  "), "c.mov": media(b"qt  "), "d": b"?"})
    _, left_out = look(folder)
    assert left_out.summary() == "1 raw photos (a\\x1b[2J.dng), 2 videos, 1 other files"
    assert left_out.as_dict()["video"] == {"count": 2, "files": ["b.mov", "c.mov"]}


def test_a_path_in_the_folder_goes_by_the_same_rules(folder: Path) -> None:
    put(folder, {"new/a.jpg": JPEG, "new/b.txt": b"text", "@eaDir/c.jpg": JPEG})
    choice = Choice()
    for path, names in {
        "new": ["new/a.jpg"],
        "new/a.jpg": ["new/a.jpg"],
        "@eaDir": [],
        "@eaDir/c.jpg": [],
        "gone": [],
    }.items():
        assert [photo.name for photo in photos_at(folder, folder / path, choice)] == names


def test_every_photo_is_what_the_sidecar_reads(folder: Path) -> None:
    """Floats and gray too: endings and modes that Pillow writes."""
    for number, image in enumerate((Image.new("F", (8, 8)), Image.new("I;16", (8, 8)), Image.new("CMYK", (8, 8)))):
        put(folder, {f"{number}": encoded(image, "TIFF")})
    assert len(look(folder)[0]) == 3
