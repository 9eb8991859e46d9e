"""Decodes what `read_header` does not know, in a process of its own:  python -m sidecar.images.helper

The libraries behind these formats (HEIC, TIFF, AVIF …) take memory that no header announces, and some of Pillow's
readers take time that none announces. The kernel bounds both here, image by image, and a library that crashes takes
nobody with it.

On standard input a pickled `Request` and the file's bytes, each with its length before it, again and again; on standard
output a line of JSON and the square's bytes for each, because what comes from here is not trusted. It ends with its
input.
"""

import json
import os
import pickle
import signal
import struct
import sys
import traceback
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from PIL import AvifImagePlugin, Image

from sidecar.errors import ImageError
from sidecar.host.memory import keep_little
from sidecar.images.decoding import is_photo
from sidecar.images.limits import Limits
from sidecar.images.preparing import Wanted, prepare

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# an error's type that nobody but `Helper` sees
MEMORY = "memory"

_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Request:
    """`limits.max_memory` bytes more than now, and `seconds` of CPU more, are the bounds for this image."""

    limits: Limits
    wanted: Wanted
    sha256: str
    seconds: int


def main() -> None:
    """See the module."""
    # one, and little kept: what is there already could be taken beyond the limit
    keep_little(arenas=1, kept=2**17)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # the terminal's Ctrl-C is for the server, which then closes our input
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.filterwarnings("ignore", module=r"PIL\.")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not come between
    while (message := _read(source)) is not None:
        data = _read(source)
        if data is None:
            break
        answer, pixels = _answer(pickle.loads(message), data)
        target.write(json.dumps(answer | {"bytes": len(pixels)}).encode() + b"\n" + pixels)
        target.flush()


def framed(part: bytes) -> bytes:
    """The length that goes before a part."""
    return struct.pack(">Q", len(part))


def _read(source: BinaryIO) -> bytes | None:
    head = source.read(8)
    if len(head) < 8:
        return None
    (size,) = struct.unpack(">Q", head)
    part = source.read(size)
    return part if len(part) == size else None


def _answer(request: Request, data: bytes) -> tuple[dict[str, Any], bytes]:
    # also for pictures inside of others (an icon in an .ico), which only Pillow sees
    limits = request.limits
    Image.MAX_IMAGE_PIXELS = limits.max_photo_pixels if is_photo(data) else limits.max_pixels
    try:
        _bound(limits.max_memory, request.seconds)
        prepared = prepare(data, limits, request.wanted, sha256=request.sha256)
        return {"facts": asdict(prepared.facts), "thumbnail": prepared.thumbnail}, prepared.pixels.tobytes()
    except ImageError as error:
        cause = error.__cause__ and "".join(traceback.format_exception(error.__cause__))
        return {"error": error.body(), "traceback": cause}, b""
    except MemoryError as error:
        return {"error": {"type": MEMORY, "reason": str(error)}}, b""
    finally:
        _bound(None, None)


def _bound(memory: int | None, seconds: int | None) -> None:
    """From now on at most so many bytes more of address space and seconds more of CPU; None: as many as it likes."""
    if resource is None:
        return
    size, used = None, None
    if memory is not None and _STATM.is_file():
        size = int(_STATM.read_text("ascii").split()[0]) * resource.getpagesize() + memory
    if seconds is not None:
        used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])) + 1 + seconds
    for what, most in ((resource.RLIMIT_AS, size), (resource.RLIMIT_CPU, used)):
        _, hard = resource.getrlimit(what)
        # what the server itself may at most stays as it is
        unbounded = hard == resource.RLIM_INFINITY
        resource.setrlimit(what, (hard if most is None else most if unbounded else min(most, hard), hard))


if __name__ == "__main__":
    main()
