"""Text to bytes: what is accepted, in which spellings, and what is refused."""

import base64
import random

import pytest

from sidecar.errors import ImageError
from sidecar.images.base64_text import read_base64
from sidecar.images.limits import Limits
from tests.support.images.spellings import SPELLINGS

LIMITS = Limits(max_bytes=20 * 2**20, max_pixels=1)


def test_plain_data_url_and_broken_into_lines() -> None:
    text = base64.b64encode(b"photo" * 40).decode()
    lines = base64.encodebytes(b"photo" * 40).decode()
    for form in (text, f"data:image/png;base64,{text}", lines):
        assert read_base64(form, LIMITS) == b"photo" * 40


@pytest.mark.parametrize(
    "text",
    [
        *("%%%", "%", "abcde", "data:image/png,abc", "data:;base64", "data:;base64x,Zm9v", "Zm9v!", "ünicode"),
        *(
            "Zm9v%2",
            "Zm9v%zz",
            "Zm9v%C3",
            "Zg==Zg==",
            "Zg=Z",
            "=Zm9v",
            "data:" + "x" * 2000 + ";base64,Zm9v",
        ),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ImageError) as caught:
        read_base64(text, LIMITS)
    assert caught.value.type == "invalid_base64"


def test_nothing_is_refused() -> None:
    with pytest.raises(ImageError) as caught:
        read_base64("", LIMITS)
    assert caught.value.type == "empty_image"


@pytest.mark.parametrize("size", [101, 102, 103, 1000])
def test_too_many_bytes_name_the_setting(size: int) -> None:
    with pytest.raises(ImageError, match="at most 100 bytes .SIDECAR_MAX_IMAGE_BYTES.") as caught:
        read_base64(base64.b64encode(bytes(size)).decode(), Limits(100, 1))
    assert caught.value.type == "image_too_large"


def test_exactly_the_limit_is_accepted() -> None:
    assert len(read_base64(base64.b64encode(bytes(100)).decode(), Limits(100, 1))) == 100


@pytest.mark.parametrize("line", [0, 76, 77, 1])
@pytest.mark.parametrize("size", [1, 2, 3, 196_607, 196_608, 196_609, 600_000])
def test_pieces_of_a_long_text_fit_together(size: int, line: int) -> None:
    data = bytes(number * 7 % 251 for number in range(size)) if size < 1000 else (bytes(range(251)) * 3000)[:size]
    text = base64.b64encode(data).decode()
    if line:
        text = "\r\n".join(text[at : at + line] for at in range(0, len(text), line))
    assert read_base64(text, LIMITS) == data


@pytest.mark.parametrize("at", [4, 2**18, 2**18 + 4, 2**19])
def test_padding_in_the_middle_is_refused(at: int) -> None:
    text = base64.b64encode(bytes(600_000)).decode()
    with pytest.raises(ImageError, match="expected base64"):
        read_base64(text[: at - 2] + "==" + text[at:], LIMITS)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("size", [1, 2, 3, 64, 196_607, 196_608, 196_609, 400_001])
def test_spellings(spelling: str, size: int) -> None:
    data = random.Random(size).randbytes(size)
    assert read_base64(SPELLINGS[spelling](base64.b64encode(data).decode()), LIMITS) == data


def test_a_file_of_the_limit_in_any_spelling() -> None:
    data = random.Random(1).randbytes(3000)
    for spell in SPELLINGS.values():
        assert read_base64(spell(base64.b64encode(data).decode()), Limits(3000, 1)) == data
        with pytest.raises(ImageError, match="at most 2999 bytes"):
            read_base64(spell(base64.b64encode(data).decode()), Limits(2999, 1))
