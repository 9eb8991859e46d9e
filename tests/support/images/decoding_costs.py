"""What decoding takes against what was reserved for it; a program of its own, so that its memory is its own.

    python -m tests.support.images.decoding_costs JPEG|PNG|GIF|WEBP

Prints a JSON line for each case: name, bytes reserved, bytes at the peak.
"""

import json
import struct
import sys
import warnings
import zlib
from collections.abc import Iterator

from PIL import Image

from sidecar.host.memory import keep_little
from sidecar.images.fitting import Fit, crop_bicubic, squash_nearest
from sidecar.images.limits import Limits
from sidecar.images.preparing import Wanted, prepare
from tests.support.image_files import encoded, plain
from tests.support.images.color_profiles import DISPLAY_P3, cmyk_of_light, gray, rgb
from tests.support.peak import Peak

# decoded whatever it takes
LIMITS = Limits(20 * 2**20, 50_000_000, 2**40)
# a byte of each pixel is more than what a measurement may be off
PHOTO = (2100, 1500)


def photo(mode: str, size: tuple[int, int] = PHOTO) -> Image.Image:
    """Something with detail, of that mode."""
    gradient = Image.merge("RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L")])
    image = gradient.resize(size)
    if mode in ("RGBA", "LA"):
        image = image.convert(mode)
        image.putalpha(Image.linear_gradient("L").resize(size))
        return image
    return image.convert("L").convert(mode) if mode.startswith("I") else image.convert(mode)


def dark(mode: str) -> Image.Image:
    """A black frame."""
    return Image.new(mode, PHOTO)


def turned(orientation: int) -> Image.Exif:
    """EXIF of a picture that was taken on its side."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def chunks(*parts: tuple[bytes, bytes]) -> bytes:
    """A PNG with more chunks."""
    whole = plain("PNG")
    more = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return whole[:33] + more + whole[33:]


def jpegs() -> Iterator[tuple[str, bytes]]:
    """Baseline and progressive, in every mode and sampling; turned; strips; metadata."""
    for progressive in (False, True):
        for mode, subsampling in (("RGB", 0), ("RGB", 2), ("L", -1), ("CMYK", -1)):
            data = encoded(photo(mode), "JPEG", progressive=progressive, subsampling=subsampling, quality=60)
            yield f"{mode} {subsampling} progressive={progressive}", data
        for size in ((65000, 300), (300, 65000)):
            yield f"{size} progressive={progressive}", plain("JPEG", size, progressive=progressive)
    yield "turned", encoded(photo("RGB"), "JPEG", exif=turned(6))
    yield "Display P3", encoded(photo("RGB"), "JPEG", icc_profile=rgb(DISPLAY_P3))
    yield "turned Display P3", encoded(photo("RGB"), "JPEG", icc_profile=rgb(DISPLAY_P3), exif=turned(6))
    yield "CMYK by its profile", encoded(photo("CMYK"), "JPEG", icc_profile=cmyk_of_light())
    yield "gray by its profile", encoded(photo("L"), "JPEG", icc_profile=gray(1.8))
    yield "profile", plain("JPEG", icc_profile=bytes(15 * 2**20))
    whole = plain("JPEG")
    yield "comments", whole[:2] + b"\xff\xfe\0\3x" * 500_000 + whole[2:]


def pngs() -> Iterator[tuple[str, bytes]]:
    """Every mode; turned; transparent; animated; strips; text and profiles."""
    for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"):
        yield mode, encoded(photo(mode), "PNG", compress_level=1)
    for mode, orientation in (("RGBA", 6), ("RGB", 3)):
        yield f"{mode} turned", encoded(photo(mode), "PNG", compress_level=1, exif=turned(orientation))
    yield "transparent", encoded(photo("P"), "PNG", compress_level=1, transparency=bytes(range(256)))
    frames = [photo("RGB"), photo("RGB").rotate(180), photo("RGB")]
    for disposal in (1, 2):
        data = encoded(frames[0], "PNG", compress_level=1, save_all=True, append_images=frames[1:], disposal=disposal)
        yield f"animated {disposal}", data
    for size in ((6_000_000, 1), (1, 6_000_000), (600_000, 10), (10, 600_000)):
        for mode in ("RGBA", "L"):
            yield f"{mode} {size}", plain("PNG", size, mode)
    zeros, odd = zlib.compress(bytes(1_000_000), 9), zlib.compress(("x" * 990_000 + "\U0001f600").encode(), 9)
    numbers = zlib.compress(" ".join(map(str, range(140_000))).encode())
    yield "zTXt", chunks(*((b"zTXt", b"a%d\0\0" % number + numbers) for number in range(40)))
    yield "iTXt", chunks(*((b"iTXt", b"a%d\0\1\0\0\0" % number + numbers) for number in range(40)))
    yield "XMP", chunks((b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + odd))
    yield "tEXt", chunks((b"tEXt", b"a\0" + b"x" * 15_000_000))
    yield "private", chunks((b"prVt", bytes(15_000_000)))
    yield "many private", chunks(*[(b"prVt", b"")] * 500_000)
    yield "iCCP", chunks((b"iCCP", b"a\0\0" + zeros))
    yield "large iCCP", chunks((b"iCCP", b"a\0\0" + zlib.compress(bytes(4_000_000), 9)))
    for mode in ("RGB", "RGBA", "P"):
        yield f"{mode} Display P3", encoded(photo(mode), "PNG", compress_level=1, icc_profile=rgb(DISPLAY_P3))
    yield "black first", encoded(dark("RGB"), "PNG", compress_level=1, save_all=True, append_images=[photo("RGB")])


def gifs() -> Iterator[tuple[str, bytes]]:
    """With and without transparency; strips; comments."""
    yield "P", encoded(photo("P"), "GIF")
    yield "transparent", encoded(photo("P"), "GIF", transparency=3)
    yield "L", encoded(photo("L"), "GIF")
    for mode in ("P", "RGB"):
        frames = [photo(mode), photo(mode).rotate(180)]
        yield f"black first {mode}", encoded(dark(mode), "GIF", save_all=True, append_images=frames)
    for size in ((60000, 100), (100, 60000)):
        yield str(size), plain("GIF", size, "P")
    whole = plain("GIF", mode="P")
    frame = whole.index(b",", 13)
    for block in (b"\xff" + bytes(255), b"\2xy", b"\1x"):
        comment = b"!\xfe" + block * (4_000_000 // len(block)) + b"\0"
        yield f"comment in {len(block) - 1}", whole[:frame] + comment + whole[frame:]


def webps() -> Iterator[tuple[str, bytes]]:
    """Lossy and lossless, with and without alpha; strips; animated; metadata."""
    for mode in ("RGB", "RGBA"):
        for lossless in (False, True):
            data = encoded(photo(mode), "WEBP", lossless=lossless, method=0)
            yield f"{mode} lossless={lossless}", data
    for size in ((16383, 200), (200, 16383)):
        yield str(size), plain("WEBP", size, method=0)
    frames = [photo("RGB"), photo("RGB").rotate(180)]
    yield "animated", encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], method=0)
    yield "black first", encoded(dark("RGB"), "WEBP", save_all=True, append_images=frames, method=0)
    yield "Display P3", encoded(photo("RGBA"), "WEBP", icc_profile=rgb(DISPLAY_P3), method=0)
    yield "metadata", plain("WEBP", icc_profile=bytes(6 * 2**20), exif=b"Exif\0\0" + bytes(6 * 2**20))


def main() -> None:
    """See the module."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
    keep_little()
    cases = {"JPEG": jpegs, "PNG": pngs, "GIF": gifs, "WEBP": webps}[sys.argv[1]]
    fits: tuple[Fit, ...] = (crop_bicubic, squash_nearest)
    for name, data in cases():
        for fit in fits:
            reserved: list[int] = []
            peak = Peak()
            prepared = prepare(data, LIMITS, Wanted(fit, 224, 512), sha256="", reserve=reserved.append)
            line = {"name": f"{name} {fit.__name__}", "reserved": reserved[0], "peak": peak.grown()}
            print(json.dumps(line), flush=True)
            del prepared


if __name__ == "__main__":
    main()
