"""From the bytes of a file to an upright picture, with every limit checked before decoding."""

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import pi_heif
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from sidecar.errors import ImageError, SidecarError
from sidecar.images import animations, heic, png
from sidecar.images.headers import MAX_SCANS, Header, HeaderError, read_header, too_many_scans
from sidecar.images.limits import Limits, too_many_photo_pixels, too_many_pixels, too_much_memory
from sidecar.images.profiles import MAX_PROFILE
from sidecar.images.upright import BYTES_OF_A_PIECE, Upright

# Formats that hold photos. Left out on purpose: EPS, PDF and other readers that start programs of their own.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF", "ICO", "JPEG2000", "PPM", "TGA")

# a thumbnail of 512 pixels is made of a picture of up to four times as many each way
_HALF_RESIZED = 16 * 2**20

# Pillow's own guard is one number for the whole process; here each picture has its own limits, checked before
Image.MAX_IMAGE_PIXELS = None
# of a profile; text is left out before Pillow sees it
PngImagePlugin.MAX_TEXT_CHUNK = MAX_PROFILE
# the main picture alone, by one thread; libheif refuses a picture whose size is not the container's
pi_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)

_JPEG = b"\xff\xd8"
_HEIC = re.compile(rb"....ftyp(he|mif1|msf1)", re.DOTALL)

# the size that says how bright an animation's frame is
_GLANCE = 64


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Facts of a file; `width` and `height` of the whole picture as people see it, after EXIF orientation."""

    sha256: str
    format: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """An upright picture, perhaps reduced, and the facts of the file it came from."""

    picture: Upright
    facts: FileFacts

    @property
    def pixels(self) -> Image.Image:
        """The whole picture in RGB."""
        return self.picture.pixels


Reserve = Callable[[int], object]


def any_amount(_: int) -> None:
    """Reserves nothing."""


def decode(
    data: bytes,
    limits: Limits,
    *,
    sha256: str | None = None,
    enough: int | None = None,
    reserve: Reserve = any_amount,
) -> DecodedImage:
    """Decode the first frame of an image file.

    `sha256`: of the data, where it is known already. `enough`: a shorter side in pixels from which on no more detail
    is needed: a larger JPEG is decoded at 1/2, 1/4 or 1/8 of its size, never below that unless it would take more
    memory than it may. `reserve` is called with the bytes that decoding will take, before anything is decoded, for the
    formats that `read_header` knows.

    Raises:
        ImageError: `not_an_image`, `corrupt_image` or `image_too_large`.
    """
    size = "one"
    try:
        header, scale = read_header(data), 1
        if header is not None:
            size = f"one of {header.width}x{header.height}"
            _check_pixels(header.width, header.height, data, limits)
            scale, memory = _affordable(header, data, limits, enough)
            reserve(memory)
        file = png.trimmed(data) if header is not None and header.trimmed else data
        with Image.open(io.BytesIO(file), formats=FORMATS) as image:
            width, height = image.size
            size = f"one of {width}x{height}"
            _check_pixels(width, height, data, limits)
            if header is None:
                _check_least(image, limits)
            elif (header.width, header.height) != image.size:
                raise HeaderError("its header says one size and its picture another")
            if scale > 1:
                image.draft(None, (width // scale, height // scale))
            loaded: Image.Image = image
            if image.format == "HEIF" and width * height > heic.MAX_WHOLE:
                loaded = heic.halved(data, image.info)
            else:
                image.load()
            if image.format == "GIF" or (image.format in animations.FORMATS and getattr(image, "is_animated", False)):
                animations.pass_over_black_frames(image, _brightest)
            picture = Upright(loaded)
            facts = FileFacts(
                sha256 or hashlib.sha256(data).hexdigest(),
                (image.format or "unknown").lower(),
                *picture.upright(width, height),
                len(data),
            )
            return DecodedImage(picture, facts)
    except SidecarError:
        raise
    except MemoryError:
        raise MemoryError(size) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # of a picture inside a container, where the helper asks for it
        raise too_many_pixels(_pixels_in(str(error)), limits) from None
    except UnidentifiedImageError:
        raise ImageError(
            "not_an_image", f"expected an image ({', '.join(FORMATS)}); received {len(data)} bytes of something else"
        ) from None
    except Exception as error:  # Pillow's readers raise a dozen types on broken files
        raise ImageError("corrupt_image", f"expected a complete image file; received a broken one ({error})") from None


def is_photo(data: bytes) -> bool:
    """Whether a file has one of the formats that cameras write."""
    return data.startswith(_JPEG) or _HEIC.match(data) is not None


def _brightest(frame: Image.Image) -> float:
    extremes = Upright(frame).thumbnail(_GLANCE).getextrema()
    return max(channel[1] for channel in extremes if isinstance(channel, tuple))


def _pixels_in(message: str) -> str:
    """How many pixels Pillow says that there are."""
    found = re.search(r"\d+", message)
    return found[0] if found else "more"


def _check_pixels(width: int, height: int, data: bytes, limits: Limits) -> None:
    """Cameras' formats may have more pixels, because they can be decoded smaller."""
    if is_photo(data):
        if width * height > limits.max_photo_pixels:
            raise too_many_photo_pixels(f"{width}x{height}", limits)
    elif width * height > limits.max_pixels:
        raise too_many_pixels(f"{width}x{height}", limits)


def _check_least(image: Image.Image, limits: Limits) -> None:
    """What a picture takes at the very least; how much more it is, a helper's limit bounds."""
    width, height = image.size
    least = width * height * {"1": 1, "L": 1, "P": 1, "I;16": 2}.get(image.mode, 4)
    if least > limits.max_memory:
        raise too_much_memory(f"one of {width}x{height}", least, limits)


def _affordable(header: Header, data: bytes, limits: Limits, enough: int | None) -> tuple[int, int]:
    """The scale to decode at, and the bytes that takes."""
    scales = [1]
    if data.startswith(_JPEG):
        if too_many_scans(data):
            raise ImageError("corrupt_image", f"expected a JPEG of at most {MAX_SCANS} scans; received more")
        needed = min(header.width, header.height) // enough if enough else 1
        scales = [scale for scale in (1, 2, 4, 8) if 2 * scale > min(needed, 8)]
    for scale in scales:
        memory = header.memory(scale) + _converting(header, scale)
        if memory <= limits.max_memory:
            return scale, memory
    raise too_much_memory(f"one of {header.width}x{header.height}", header.memory(scales[0]), limits)


def _converting(header: Header, scale: int) -> int:
    """What fits and thumbnails take: pieces, and a picture that is resized in one direction only."""
    pixels = header.width * header.height // scale**2
    return min(BYTES_OF_A_PIECE, 20 * pixels) + min(_HALF_RESIZED, 16 * pixels)
