"""Whatever comes, decoding stays within what it may take, and an image's fault is its own."""

import hashlib
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator

import psutil
import pytest
from PIL import Image

from sidecar.errors import ImageError
from sidecar.host.metrics import Metrics
from sidecar.images import isolated, reader
from sidecar.images.fitting import crop_bicubic, squash_nearest
from sidecar.images.limits import Limits
from sidecar.images.preparing import PreparedImage, Wanted
from sidecar.images.reader import Reader
from sidecar.scheduling.priority import Priority
from tests.support.image_files import HEIC, encoded, one_tile, plain
from tests.support.peak import Peak

LIMITS = Limits(20 * 2**20, 40_000_000)
MEGABYTE = 2**20


@pytest.fixture
def images() -> Iterator[Reader]:
    made = Reader(LIMITS, Metrics())
    yield made
    made.close()


def read(images: Reader, data: bytes, fit: object = crop_bicubic) -> PreparedImage:
    return images.read(data, Wanted(fit, 224, 128), hashlib.sha256(data).hexdigest(), Priority())  # type: ignore[arg-type]


def refused(images: Reader, data: bytes) -> ImageError:
    with pytest.raises(ImageError) as caught:
        read(images, data)
    return caught.value


def helper() -> psutil.Process:
    # the newest: a sidecar that other tests keep may have one too
    children = (child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE)
    helpers = (child for child in children if "sidecar.images.helper" in " ".join(child.cmdline()))
    return max(helpers, key=psutil.Process.create_time)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
@pytest.mark.parametrize("fit", [crop_bicubic, squash_nearest])
@pytest.mark.parametrize("size", [(30_000, 1), (1, 30_000), (100_000, 3), (5, 100_000)])
def test_strips_take_little(images: Reader, size: tuple[int, int], fit: object) -> None:
    data = plain("PNG", size)
    read(images, plain("PNG"))
    peak = Peak()
    assert read(images, data, fit).pixels.shape == (224, 224, 3)
    assert peak.grown() < 60 * MEGABYTE


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's limit is Linux's")
def test_a_tile_that_is_larger_than_its_picture_is_refused_in_little_memory(images: Reader) -> None:
    data = one_tile(16, 16, 12_000, 432)
    read(images, plain("TIFF"))
    peaks = Peak(), Peak(helper().pid)
    assert refused(images, data).type in ("corrupt_image", "image_too_large")
    assert sum(peak.grown() for peak in peaks) < LIMITS.max_memory + 20 * MEGABYTE
    assert read(images, plain("TIFF")).facts.format == "tiff"


def test_what_takes_more_than_it_may_names_the_setting() -> None:
    small = Reader(Limits(LIMITS.max_bytes, LIMITS.max_pixels, 20 * MEGABYTE), Metrics())
    for data in (plain("PNG", (5000, 5000)), plain("TIFF", (4000, 4000))):
        error = refused(small, data)
        assert error.type == "image_too_large"
        assert f"at most {20 * MEGABYTE} bytes (SIDECAR_DECODING_BYTES)" in error.reason
    small.close()


def test_a_jpeg_that_takes_more_than_it_may_is_decoded_smaller() -> None:
    small = Reader(Limits(LIMITS.max_bytes, LIMITS.max_pixels, 60 * MEGABYTE), Metrics())
    data = plain("JPEG", (5000, 5000))
    assert read(small, data, squash_nearest).facts.width == 5000


@pytest.mark.parametrize("format_", ["BMP", "TIFF", "AVIF", "ICO", "JPEG2000", "PPM", "TGA"])
def test_the_helper_says_what_this_process_would(images: Reader, format_: str) -> None:
    picture = Image.linear_gradient("L").convert("RGB").resize((120, 90))
    data = encoded(picture, format_)
    found = read(images, data)
    assert found.facts.format == format_.lower() and found.facts.bytes == len(data)
    assert found.thumbnail is not None
    expected = crop_bicubic(Image.open(io.BytesIO(data)).convert("RGB"), 224)
    assert found.pixels.tobytes() == expected.tobytes()
    assert helper().environ().keys().isdisjoint({"SIDECAR_TOKEN", "HOME"})


def test_heic_is_read_by_the_helper(images: Reader) -> None:
    found = read(images, HEIC.read_bytes())
    assert (found.facts.format, found.facts.width, found.facts.height) == ("heif", 96, 64)


def test_a_helper_that_crashes_takes_one_image_with_it_and_comes_back(images: Reader) -> None:
    read(images, plain("TIFF"))
    first = helper().pid
    os.kill(first, signal.SIGSEGV)
    psutil.wait_procs([psutil.Process(first)], timeout=10)
    assert read(images, plain("TIFF")).facts.format == "tiff"
    assert helper().pid != first


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's limit is Linux's")
def test_an_image_that_takes_too_long_is_refused(images: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "CPU_SECONDS", 0)
    slow = b"P2 3000 3000 254 " + b"1 " * 9_000_000
    error = refused(images, slow)
    assert error.type == "corrupt_image" and "decodes within 0 s" in error.reason
    monkeypatch.undo()
    assert read(images, plain("TIFF")).facts.format == "tiff"


def test_out_of_memory_is_tried_once_more_alone_and_then_the_images_fault(
    images: Reader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls, real = 0, reader.prepare

    def short(*arguments: object, **options: object) -> PreparedImage:
        nonlocal calls
        calls += 1
        if calls in (1, 3, 4):
            raise MemoryError
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "prepare", short)
    assert read(images, plain("PNG")).facts.format == "png"
    error = refused(images, plain("PNG"))
    assert error.type == "image_too_large" and "SIDECAR_DECODING_BYTES" in error.reason
    assert len(caplog.records) == 2


def test_many_at_once_wait_for_memory() -> None:
    images = Reader(Limits(LIMITS.max_bytes, LIMITS.max_pixels, 50 * MEGABYTE), Metrics())
    data, found = plain("PNG", (1500, 1500), "RGBA"), list[object]()
    threads = [threading.Thread(target=lambda: found.append(read(images, data).facts.width)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert found == [1500] * 12


def test_what_nobody_thought_of_is_the_images_own_fault_and_in_the_log_once(
    images: Reader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def overflows(*_: object) -> Image.Image:
        raise OverflowError("signed integer is greater than maximum")

    with pytest.raises(ImageError) as failed:
        read(images, plain("PNG"), overflows)
    assert failed.value.type == "analysis_failed" and "OverflowError" in failed.value.reason
    assert [record.exc_info is not None for record in caplog.records] == [True]
