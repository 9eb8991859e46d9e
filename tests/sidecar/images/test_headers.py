"""What is read from headers is what decoding takes: never less, and not much more."""

import json
import subprocess
import sys

import pytest

from sidecar.images.headers import HeaderError, has_known_header, read_header
from tests.conftest import ROOT
from tests.support.image_files import plain

MEGABYTE = 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF", "WEBP"])
def test_what_is_reserved_covers_the_peak(format_: str) -> None:
    command = [sys.executable, "-m", "tests.support.images.decoding_costs", format_]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    cases = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(cases) >= 16
    too_little = [case for case in cases if case["peak"] > case["reserved"] + 2 * MEGABYTE]
    assert too_little == []
    # text is counted as if each had an odd character in it, and pieces as if all had to be converted
    too_much = [case for case in cases if case["reserved"] > 3 * case["peak"] + 200 * MEGABYTE]
    assert too_much == []


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF", "WEBP"])
def test_sizes_are_those_of_the_picture(format_: str) -> None:
    header = read_header(plain(format_, (321, 123)))
    assert header is not None and (header.width, header.height) == (321, 123)


@pytest.mark.parametrize("format_", ["BMP", "TIFF", "AVIF", "ICO", "JPEG2000", "PPM", "TGA"])
def test_other_formats_have_none(format_: str) -> None:
    assert read_header(plain(format_)) is None and not has_known_header(plain(format_))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF", "WEBP"])
def test_one_that_is_cut_off_is_broken(format_: str) -> None:
    with pytest.raises(HeaderError):
        read_header(plain(format_)[:16])
