"""Image files whose headers lie about sizes: dimensions, tiles, strips, offsets, frames, lengths of profiles."""

import io
import random
import struct
import zlib
from collections.abc import Callable

from PIL import Image

from tests.support.image_files import HEIC

# small, round, at the limits of types, and beyond what anybody has
_SIZES = (0, 1, 2, 7, 16, 255, 256, 300, 1000, 4096, 6320, 16383, 16384, 30000, 65500, 65535, 65536)
_HUGE = (*_SIZES, 10**6, 3_000_000, 40_000_000, 2**24, 2**31 - 1, 2**31, 2**32 - 1)


def size(chance: random.Random, most: int = 2**32 - 1) -> int:
    """Any size; every other one at random, near one that matters otherwise."""
    if chance.random() < 0.3:
        return min(int(2 ** chance.uniform(0, 25)), most)
    return min(max(chance.choice(_HUGE) + chance.choice((0, 0, 0, -1, 1)), 0), most)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _zeros(chance: random.Random, wanted: int) -> bytes:
    return zlib.compress(bytes(min(wanted, chance.choice((1000, 10**6, 2 * 10**7)))), 1)


def png(chance: random.Random) -> bytes:
    """Any size and depth, text and profiles that inflate, animation chunks."""
    depth, color = chance.choice(
        ((1, 0), (8, 0), (16, 0), (8, 2), (16, 2), (8, 3), (1, 3), (8, 4), (16, 4), (8, 6), (16, 6))
    )
    width, height = size(chance), size(chance)
    parts = [_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, chance.randint(0, 1)))]
    if color == 3 or chance.random() < 0.1:
        parts.append(_chunk(b"PLTE", bytes(range(256)) * 3))
    for _ in range(chance.choice((0, 0, 0, 1, 5, 80))):
        inflated = zlib.compress(bytes(chance.choice((10, 10**6, 2**20 + 1))), 9)
        parts.append(
            chance.choice(
                (
                    _chunk(b"zTXt", b"a\0\0" + inflated),
                    _chunk(b"iTXt", b"a\0\1\0\0\0" + inflated),
                    _chunk(b"iCCP", b"a\0\0" + inflated),
                    _chunk(b"tEXt", b"a\0" + b"x" * 1000),
                    _chunk(b"acTL", struct.pack(">II", size(chance), 0)),
                    _chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, *(size(chance) for _ in range(4)), 1, 1, 1, 1)),
                    _chunk(b"tRNS", bytes(6)),
                )
            )
        )
    parts.append(_chunk(b"IDAT", _zeros(chance, width * height * 4 + height)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + _chunk(b"IEND", b"")


def jpeg(chance: random.Random) -> bytes:
    """Baseline and progressive, with another size, sampling, and metadata of any length."""
    buffer = io.BytesIO()
    mode = chance.choice(("RGB", "L", "CMYK"))
    Image.new(mode, (64, 64)).save(buffer, "JPEG", progressive=chance.random() < 0.5)
    whole = bytearray(buffer.getvalue())
    frame = max(whole.find(b"\xff\xc0"), whole.find(b"\xff\xc2"))
    struct.pack_into(">HH", whole, frame + 5, size(chance, 65535), size(chance, 65535))
    if chance.random() < 0.3:
        whole[frame + 11] = chance.choice((0x11, 0x21, 0x22, 0x41, 0x14, 0x44, 0x00, 0xFF))
    metadata = b""
    for _ in range(chance.choice((0, 0, 1, 20, 250))):
        kind = chance.choice(
            (b"Exif\0\0MM\0*\0\0\0\x08", b"ICC_PROFILE\0\1\1", b"MPF\0MM\0*\0\0\0\x08", b"Photoshop 3.0\0", b"")
        )
        body = (kind + chance.randbytes(40)).ljust(chance.choice((100, 65000)), b"\0")
        marker = {b"E": 0xE1, b"I": 0xE2, b"M": 0xE2, b"P": 0xED}.get(kind[:1], 0xFE)
        metadata += struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
    return bytes(whole[:2]) + metadata + bytes(whole[2:])


def gif(chance: random.Random) -> bytes:
    """Screens, frames that stand out of them, comments."""
    buffer = io.BytesIO()
    Image.new("P", (64, 64)).save(buffer, "GIF")
    whole = bytearray(buffer.getvalue())
    struct.pack_into("<HH", whole, 6, size(chance, 65535), size(chance, 65535))
    frame = whole.index(b",", 13 + (3 << (whole[10] & 7) + 1 if whole[10] & 128 else 0))
    if chance.random() < 0.5:
        struct.pack_into("<HHHH", whole, frame + 1, *(size(chance, 65535) for _ in range(4)))
    comment = b"!\xfe" + b"\xff".ljust(256, b"x") * chance.choice((0, 1, 1000, 20_000)) + b"\0"
    return bytes(whole[:frame]) + comment + bytes(whole[frame:])


def webp(chance: random.Random) -> bytes:
    """Canvases and pictures of another size, profiles of any length."""
    buffer = io.BytesIO()
    Image.new(chance.choice(("RGB", "RGBA")), (64, 64)).save(buffer, "WEBP", lossless=chance.random() < 0.5)
    picture = buffer.getvalue()[12:]
    width, height = (max(min(size(chance), 2**24), 1) - 1 for _ in range(2))
    if picture.startswith(b"VP8 ") and chance.random() < 0.5:
        picture = picture[:14] + struct.pack("<HH", size(chance, 16383), size(chance, 16383)) + picture[18:]
    elif picture.startswith(b"VP8L") and chance.random() < 0.5:
        picture = picture[:9] + struct.pack("<I", size(chance)) + picture[13:]
    if chance.random() < 0.6 and not picture.startswith(b"VP8X"):
        canvas = bytes((chance.choice((0, 2, 0x10, 0x20)), 0, 0, 0))
        canvas += width.to_bytes(3, "little") + height.to_bytes(3, "little")
        profile = bytes(chance.choice((0, 10, 10**6)))
        picture = (
            b"VP8X" + struct.pack("<I", 10) + canvas + b"ICCP" + struct.pack("<I", len(profile)) + profile + picture
        )
    return b"RIFF" + struct.pack("<I", len(picture) + 4) + b"WEBP" + picture


def tiff(chance: random.Random) -> bytes:
    """Strips and tiles of any size and number, tags that reach anywhere, every compression."""
    big = chance.random() < 0.1
    compression = chance.choice((1, 1, 5, 7, 8, 8, 32773, 34925, 50000, 50001, 4, 34887))
    width, height = size(chance), size(chance)
    body = _zeros(chance, width * height) if compression == 8 else bytes(chance.choice((100, 10**6)))
    at = 16 if big else 8
    bits, samples, photometric = chance.choice(
        (((8,), 1, 1), ((8, 8, 8), 3, 2), ((16,), 1, 1), ((32,), 1, 1), ((8,) * 4, 4, 5))
    )
    depth = 3 if samples == 3 else bits[0]
    tags = {256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, bits[0]), 259: (3, 1, compression)}
    tags |= {262: (3, 1, photometric), 277: (3, 1, samples), 284: (3, 1, chance.choice((1, 1, 2)))}
    if chance.random() < 0.5:
        tags |= {322: (4, 1, size(chance)), 323: (4, 1, size(chance))}
        tags |= {324: (4, 1, at), 325: (4, 1, len(body))}
    else:
        tags |= {278: (4, 1, size(chance)), 273: (4, 1, at), 279: (4, 1, len(body))}
    if chance.random() < 0.3:
        tags[chance.choice((273, 324, 34675, 700, 33432, 37724))] = (
            chance.choice((1, 3, 4, 7)),
            min(size(chance), 3 * 10**6),
            at,
        )
    tags[274] = (3, 1, chance.randint(1, 8))
    tags[339] = (3, 1, chance.choice((1, 2, 3)))
    del depth
    entry, head = ("<HHQQ", b"II+\0\x08\0\0\0") if big else ("<HHII", b"II*\0")
    directory = b"".join(struct.pack(entry, tag, *value) for tag, value in sorted(tags.items()))
    count = struct.pack("<Q" if big else "<H", len(tags))
    return head + struct.pack("<Q" if big else "<I", at + len(body)) + body + count + directory + bytes(8)


def bmp(chance: random.Random) -> bytes:
    """Any size, top down or bottom up, with and without runs."""
    depth, compression = chance.choice(((1, 0), (4, 0), (8, 0), (8, 1), (4, 2), (16, 0), (24, 0), (32, 0)))
    height = size(chance, 2**31 - 1) * chance.choice((1, -1))
    header = struct.pack("<IiiHHIIiiII", 40, size(chance, 2**31 - 1), height, 1, depth, compression, 0, 1, 1, 0, 0)
    data = chance.choice((b"\0\2\xff\xff", b"\xff\1", bytes(4))) * chance.choice((10, 10**5))
    return b"BM" + struct.pack("<IHHI", 54 + 1024 + len(data), 0, 0, 54 + 1024) + header + bytes(1024) + data


def ico(chance: random.Random) -> bytes:
    """Entries that point at pictures of another size."""
    inner = png(chance) if chance.random() < 0.5 else bmp(chance)[14:]
    count = chance.choice((1, 1, 2, 1000, 65535))
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, chance.choice((8, 32)), len(inner), 6 + 16 * count)
    return struct.pack("<HHH", 0, 1, count) + entry * count + inner


def ppm(chance: random.Random) -> bytes:
    """Plain and raw, with any greatest value."""
    kind = chance.choice((b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf"))
    head = b"%s %d %d " % (kind, size(chance), size(chance))
    if kind not in (b"P1", b"P4"):
        head += b"-1.0 " if kind == b"Pf" else b"%d " % chance.choice((1, 100, 255, 256, 65535))
    return head + chance.choice((b"0 ", b"\0\1")) * chance.choice((10, 10**6))


def tga(chance: random.Random) -> bytes:
    """Any size, kind and direction."""
    kind, depth = chance.choice(((1, 8), (2, 24), (2, 32), (3, 8), (9, 8), (10, 24), (11, 8)))
    palette = (1, 0, 256, 24) if kind in (1, 9) else (0, 0, 0, 0)
    head = struct.pack("<BBB", 0, palette[0], kind) + struct.pack("<HHB", *palette[1:])
    head += struct.pack(
        "<HHHHBB", 0, 0, size(chance, 65535), size(chance, 65535), depth, chance.choice((0, 0x20, 0x10))
    )
    return (
        head + bytes(768 if palette[0] else 0) + chance.choice((b"\xff\0\0\0", bytes(4))) * chance.choice((10, 10**5))
    )


def jpeg2000(chance: random.Random) -> bytes:
    """Another size, tiles of any size, other precincts."""
    buffer = io.BytesIO()
    Image.new(chance.choice(("RGB", "L", "RGBA")), (64, 64)).save(buffer, "JPEG2000", no_jp2=chance.random() < 0.5)
    whole = bytearray(buffer.getvalue())
    header = whole.find(b"ihdr")
    siz = whole.index(b"\xff\x51")
    width, height = size(chance), size(chance)
    if header > 0:
        struct.pack_into(">II", whole, header + 4, height, width)
    struct.pack_into(">II", whole, siz + 6, width, height)
    if chance.random() < 0.7:
        struct.pack_into(">II", whole, siz + 22, size(chance) or 1, size(chance) or 1)
    cod = whole.find(b"\xff\x52", siz)
    if cod > 0 and chance.random() < 0.4:
        whole[cod + 9] = chance.choice((0, 1, 5, 32))
        whole[cod + 10] = whole[cod + 11] = chance.choice((0, 1, 4, 8))
    return bytes(whole)


def avif(chance: random.Random) -> bytes:
    """Another size in the container than in the stream, or in the stream than in the container."""
    buffer = io.BytesIO()
    real = chance.choice(((64, 64), (64, 64), (1000, 800)))
    Image.new(chance.choice(("RGB", "RGBA")), real).save(buffer, "AVIF", speed=10)
    whole = bytearray(buffer.getvalue())
    at = -1
    while (at := whole.find(b"ispe", at + 1)) > 0:
        struct.pack_into(">II", whole, at + 8, size(chance), size(chance))
    if chance.random() < 0.5:
        place = chance.randrange(len(whole) // 2, len(whole))
        whole[place : place + 4] = chance.randbytes(4)
    return bytes(whole)


def heif(chance: random.Random) -> bytes:
    """Another size in the container than in the stream, other bytes in either."""
    whole = bytearray(HEIC.read_bytes())
    if chance.random() < 0.6:
        struct.pack_into(">II", whole, whole.find(b"ispe") + 8, size(chance), size(chance))
    if chance.random() < 0.5:
        place = chance.randrange(20, len(whole) - 4)
        whole[place : place + 4] = chance.randbytes(4)
    return bytes(whole)


def mpo(chance: random.Random) -> bytes:
    """Several pictures, one of them of another size."""
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (64, 64)) for _ in range(3)]
    frames[0].save(buffer, "MPO", save_all=True, append_images=frames[1:])
    whole = bytearray(buffer.getvalue())
    frame = whole.find(b"\xff\xc0", chance.choice((0, len(whole) // 2)))
    if frame > 0:
        struct.pack_into(">HH", whole, frame + 5, size(chance, 65535), size(chance, 65535))
    mp = whole.find(b"MPF\0")
    if chance.random() < 0.5:
        place = mp + chance.randrange(12, 80)
        whole[place : place + 4] = struct.pack(">I", size(chance))
    return bytes(whole)


KINDS: tuple[Callable[[random.Random], bytes], ...] = (
    *(png, jpeg, gif, webp, tiff, tiff, bmp, ico, ppm, tga, jpeg2000, avif, heif, mpo),
)


def generate(seed: int) -> tuple[str, bytes]:
    """The name of a kind and a file of it, always the same for a seed."""
    chance = random.Random(seed)
    kind = chance.choice(KINDS)
    return kind.__name__, kind(chance)
