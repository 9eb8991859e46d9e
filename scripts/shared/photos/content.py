"""What a file is, by its first bytes; by its name only where they don't tell."""

import re
import struct
from enum import Enum
from pathlib import Path

# so much of a file is enough to know its kind
HEAD = 64 * 1024


class Kind(Enum):
    """Kinds of files."""

    PHOTO = "photo"
    RAW = "raw"
    VIDEO = "video"
    OTHER = "other"


# What the sidecar reads (sidecar/images/decoding.py)
_PHOTO = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP|BM.{4}\0{4}|II\*\0|MM\0\*|II\x2b\0|MM\0\x2b|\0\0\x01\0[^\0]\0"
    rb"|\0\0\0\x0cjP  |\xff\x4f\xff\x51|P[1-6][ \t\r\n]+[0-9#]",
    re.DOTALL,
)
_RAW = re.compile(rb"FUJIFILMCCD-RAW|IIU\0|IIRO|IIRS|MMOR|FOVb|\0MRM|II\x1a\0\0\0HEAPCCDR|....ftypcrx |ARRI", re.DOTALL)
_VIDEO = re.compile(
    rb"RIFF....AVI |\x1aE\xdf\xa3|\0\0\x01[\xb0-\xbf]|FLV\x01|\x30\x26\xb2\x75\x8e\x66\xcf\x11"
    rb"|....(moov|mdat|wide|free|skip)|\x47.{187}\x47|.{4}\x47.{191}\x47|OggS.{24}.\x80?theora",
    re.DOTALL,
)
_TIFF = re.compile(rb"II\*\0|MM\0\*")

# of ISO's container for media: what it holds
_PHOTO_BRANDS = frozenset(b"heic heix heim heis hevc hevx hevm hevs mif1 msf1 avif avis".split())
_SOUND_BRANDS = (b"M4A ", b"M4B ", b"M4P ")

# raw photos in TIFF's container
_RAW_ENDINGS = frozenset(
    (
        *(
            ".3fr",
            ".arw",
            ".cr2",
            ".cr3",
            ".crw",
            ".dcr",
            ".dng",
            ".erf",
            ".fff",
            ".iiq",
            ".k25",
            ".kdc",
            ".mef",
            ".mos",
        ),
        *(".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"),
    )
)
# A file with such a name is taken for what it says, so that a broken one is reported with its reason; Targa has no
# signature.
PHOTO_ENDINGS = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif", ".webp", ".bmp", ".tif", ".tiff"),
        *(".avif", ".heic", ".heif", ".hif", ".ico", ".jp2", ".j2k", ".ppm", ".pgm", ".pbm", ".tga"),
    )
)
_VIDEO_ENDINGS = frozenset((".3gp", ".avi", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".mts", ".webm", ".wmv"))

# TIFF's tags: a reduced picture with the real one below it, and the version of DNG
_NEW_SUBFILE_TYPE, _SUB_IFDS, _DNG_VERSION = 254, 330, 50706


def kind_of(head: bytes, path: Path) -> Kind:
    """Of a file that begins like this."""
    ending = path.suffix.lower()
    if head[4:8] == b"ftyp":
        return _of_container(head[8:12])
    if _RAW.match(head):
        return Kind.RAW
    if _PHOTO.match(head):
        if _TIFF.match(head) and (ending in _RAW_ENDINGS or _is_raw(head)):
            return Kind.RAW
        return Kind.PHOTO
    if _VIDEO.match(head):
        return Kind.VIDEO
    if ending in PHOTO_ENDINGS:
        return Kind.PHOTO
    if ending in _RAW_ENDINGS:
        return Kind.RAW
    return Kind.VIDEO if ending in _VIDEO_ENDINGS else Kind.OTHER


def _of_container(brand: bytes) -> Kind:
    if brand in _PHOTO_BRANDS:
        return Kind.PHOTO
    if brand == b"crx ":
        return Kind.RAW
    return Kind.OTHER if brand in _SOUND_BRANDS else Kind.VIDEO


def _is_raw(head: bytes) -> bool:
    """Whether a TIFF holds a camera's raw picture, by its first directory."""
    order = "<" if head.startswith(b"II") else ">"
    if head[8:10] == b"CR":
        return True
    try:
        (start,) = struct.unpack_from(f"{order}I", head, 4)
        (count,) = struct.unpack_from(f"{order}H", head, start)
        tags = {}
        for number in range(count):
            tag, kind = struct.unpack_from(f"{order}HH", head, start + 2 + 12 * number)
            tags[tag] = struct.unpack_from(f"{order}{'H' if kind == 3 else 'I'}", head, start + 10 + 12 * number)[0]
    except struct.error:  # a directory behind the picture
        return False
    return _DNG_VERSION in tags or (tags.get(_NEW_SUBFILE_TYPE) == 1 and _SUB_IFDS in tags)
