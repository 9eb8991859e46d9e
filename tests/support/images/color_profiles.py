"""ICC profiles, made for a test: the published numbers of color spaces, and of a press that nobody has."""

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms


@dataclass(frozen=True)
class Space:
    """Primaries in XYZ, adapted to D50 (columns red, green, blue), and the exponent of its curve; 0 is sRGB's curve."""

    primaries: tuple[tuple[float, float, float], ...]
    gamma: float


# from the specifications of each, as Lindbloom and ICC give them for D50
ADOBE_RGB = Space(((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)), 2.19921875)
DISPLAY_P3 = Space(((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)), 0)
PROPHOTO = Space(((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491)), 1.8)


def srgb() -> bytes:
    """As Little CMS makes it."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped() -> bytes:
    """sRGB with red and green exchanged; its description says sRGB."""
    profile = bytearray(srgb())
    red, green = profile.find(b"rXYZ"), profile.find(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def rgb(space: Space) -> bytes:
    """A profile of three primaries and a curve."""
    if space.gamma:
        curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(space.gamma * 256))
    else:
        numbers = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
        curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + b"".join(map(_fixed, numbers))
    columns = {name: _xyz(column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), space.primaries, strict=True)}
    return _profile(b"RGB ", b"XYZ ", columns | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


def gray(gamma: float) -> bytes:
    """A profile of one curve."""
    return _profile(b"GRAY", b"XYZ ", {b"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))})


def cmyk_of_light() -> bytes:
    """A press whose C, M and Y are red, green and blue light (255 is full) and whose K is nothing."""
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(*[steps] * 4, indexing="ij"), -1).reshape(1, -1, 4)[..., :3]
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = np.asarray(ImageCms.applyTransform(Image.fromarray(np.ascontiguousarray(grid)), to_lab)).astype(np.int16)
    lab[..., 1:] = (lab[..., 1:] + 128) % 256  # Pillow keeps a and b as signed bytes
    table = b"mft1" + bytes(4) + bytes((4, 3, 9, 0)) + b"".join(_fixed(float(n % 4 == 0)) for n in range(9))
    table += bytes(range(256)) * 4 + lab.astype(np.uint8).tobytes() + bytes(range(256)) * 3
    return _profile(b"CMYK", b"Lab ", {b"A2B0": table}, kind=b"prtr")


def in_space(image: Image.Image, profile: bytes) -> Image.Image:
    """The same colors in another space."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    converted = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), target)
    assert converted is not None
    return converted


def _fixed(number: float) -> bytes:
    return struct.pack(">i", round(number * 65536))


def _xyz(column: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(map(_fixed, column))


def _profile(space: bytes, connection: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr") -> bytes:
    white = (0.9642, 1.0, 0.8249)
    tags = {b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78), b"wtpt": _xyz(white)} | tags
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I", start + len(body)) + bytes(4) + b"\2\x40\0\0" + kind + space + connection
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += b"".join(map(_fixed, white))
    return header.ljust(128, b"\0") + table + body
