"""Folders as phones, NAS and people leave them: every file is read or left out by its kind, and reported."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import Elasticsearch
from PIL import Image

from tests.support.image_files import HEIC, encoded

Cli = Callable[..., Result]


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def indexed(cli: Cli, folder: Path, index: str, *options: str) -> dict[str, Any]:
    account: dict[str, Any] = json.loads(cli("index", str(folder), "--index", index, "--json", *options).stdout)
    files = sum(len(names) for _, _, names in os.walk(folder))
    left_out = sum(kind["count"] for kind in account["left_out"].values())
    assert account["files"] == account["read"] + left_out == files
    assert account["read"] == account["sent"] + account["skipped"] + len(account["duplicates"])
    return account


@pytest.fixture
def photo(shipped: Path) -> bytes:
    return (shipped / "rocket.jpg").read_bytes()


def test_a_phones_folder(cli: Cli, es: Elasticsearch, index: str, photo: bytes, shipped: Path, tmp_path: Path) -> None:
    large = Image.open(shipped / "coffee.png").convert("RGB").resize((8160, 6120))
    video = b"\0\0\0\x18ftypqt  " + bytes(10_000)
    put(
        tmp_path,
        {
            "DCIM/IMG_1.HEIC": HEIC.read_bytes(),
            "DCIM/IMG_1.MOV": video,
            "DCIM/IMG_1.AAE": b"<plist/>",
            "DCIM/PXL_2.MP.jpg": photo + video * 200,
            "DCIM/IMG_3.jpg": encoded(large, "JPEG", quality=60),
            "DCIM/IMG_4.jpg": photo,
            "DCIM/IMG_5.DNG": b"II*\0\x08\0\0\0\1\0\x12\xc6\1\0\4\0\0\0\1\4\0\0\0\0\0\0",
            "WhatsApp/IMG-WA0001": photo,
            ".thumbnails/1.jpg": photo,
            ".trashed-1.jpg": photo,
        },
    )
    account = indexed(cli, tmp_path, index)
    assert (account["indexed"], account["failures"]) == (4, [])
    assert account["duplicates"] == [{"file": "WhatsApp/IMG-WA0001", "same_as": "DCIM/IMG_4.jpg"}]
    assert {kind: found["count"] for kind, found in account["left_out"].items()} == {
        "raw": 1,
        "video": 1,
        "hidden": 1,
        "system": 1,
        "other": 1,
    }
    again = indexed(cli, tmp_path, index)
    assert (again["sent"], again["skipped"]) == (0, 4)
    hits = es.search(index=index, source_includes=["filename", "image_analysis.image"])["hits"]["hits"]
    images = {hit["_source"]["filename"]: hit["_source"]["image_analysis"]["image"] for hit in hits}
    assert (images["DCIM/IMG_1.HEIC"]["format"], images["DCIM/IMG_3.jpg"]["width"]) == ("heif", 8160)
    printed = cli("index", str(tmp_path), "--index", index).stderr
    assert "1 the same as another: WhatsApp/IMG-WA0001 is DCIM/IMG_4.jpg" in printed
    assert "Left out: 1 raw photos (DCIM/IMG_5.DNG), 1 videos, 1 hidden, 1 in folders of the system, 1 other" in printed


def test_a_nas_folder(cli: Cli, index: str, photo: bytes, tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "2026/a.jpg": photo,
            "2026/@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg": photo + b"1",
            "2026/@eaDir/a.jpg/SYNOFILE_THUMB_M.jpg": photo + b"2",
            "#recycle/b.jpg": photo + b"3",
            "Screenshots/c.jpg": photo + b"4",
            "2026/Thumbs.db": b"\xd0\xcf\x11\xe0",
        },
    )
    account = indexed(cli, tmp_path, index, "--exclude", "Screenshots")
    assert account["indexed"] == 1
    assert {kind: found["count"] for kind, found in account["left_out"].items()} == {
        "system": 3,
        "excluded": 1,
        "other": 1,
    }


def test_links_pipes_and_names_that_do_things(
    cli: Cli, es: Elasticsearch, index: str, photo: bytes, tmp_path: Path
) -> None:
    folder, outside = tmp_path / "photos", tmp_path / "outside"
    put(folder, {"a\x1b[2J.jpg": photo, "large.tif": b"II*\0" + bytes(22 * 2**20), "empty.png": b""})
    put(outside, {"secret.jpg": b"TOP-SECRET", "one.jpg": photo + b"1"})
    with open(os.fsencode(folder) + b"/caf\xe9.jpg", "wb") as file:
        file.write(photo + b"2")
    (folder / "link.jpg").symlink_to(outside / "secret.jpg")
    os.mkfifo(folder / "pipe.jpg")
    account = indexed(cli, folder, index)
    assert account["indexed"] == account["sent"] == 2
    assert {kind: found["files"] for kind, found in account["left_out"].items()} == {
        "too large": ["large.tif"],
        "unreadable": ["empty.png"],
        "linked outside": ["link.jpg"],
        "special": ["pipe.jpg"],
    }
    assert {failure["file"] for failure in account["failures"]} == {"large.tif", "empty.png"}
    pipe = cli("search", "--image", str(folder / "pipe.jpg"), "--index", index)
    assert pipe.exit_code == 1 and "no regular file" in pipe.output
    page = tmp_path / "found.html"
    found = cli("search", "--keyword", "rocket", "--index", index, "--weak-matches", "--html", str(page))
    assert found.exit_code == 0 and "\x1b" not in found.output, found.output
    assert "caf\ufffd.jpg" in found.output and "caf\ufffd.jpg" in page.read_text("utf-8")
    account = json.loads(cli("index", str(folder), "--index", index, "--json", "--follow-links").stdout)
    assert "linked outside" not in account["left_out"]
    assert "link.jpg" in {failure["file"] for failure in account["failures"]}


def test_nothing_but_what_is_left_out(cli: Cli, index: str, tmp_path: Path) -> None:
    put(tmp_path, {"a.mov": b"\0\0\0\x18ftypqt  "})
    result = cli("index", str(tmp_path), "--index", index)
    assert result.exit_code == 1 and "found none. Left out: 1 videos." in result.stderr


def test_of_a_large_file_a_smaller_copy_is_sent(
    cli: Cli, es: Elasticsearch, index: str, photo: bytes, tmp_path: Path
) -> None:
    put(tmp_path, {"large.jpg": photo + bytes(30 * 2**20), "small.jpg": photo})
    account = indexed(cli, tmp_path, index)
    assert (account["indexed"], account["reduced"], account["failures"]) == (2, ["large.jpg"], [])
    hits = es.search(index=index, source_includes=["top_synset", "image_analysis.image"])["hits"]["hits"]
    assert len({hit["_source"]["top_synset"] for hit in hits}) == 1
    assert indexed(cli, tmp_path, index)["skipped"] == 2
    found = cli("search", "--image", str(tmp_path / "large.jpg"), "--index", index, "--json")
    assert json.loads(found.stdout)["hits"][0]["same_image"] is True
