"""The helper process, as the sidecar sees it: started when it is first needed, again after it has ended."""

import json
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

from sidecar.errors import ImageError
from sidecar.images.decoding import FileFacts
from sidecar.images.helper import MEMORY, Request, framed
from sidecar.images.limits import Limits
from sidecar.images.preparing import PreparedImage, Wanted

log = logging.getLogger(__name__)

# of CPU for one image, and of waiting for it on a machine that has other things to do
CPU_SECONDS, _WALL_SECONDS = 20, 300

_SOURCES = Path(__file__).resolve().parents[2]


class TooSlow(ImageError):
    """Raised for an image that takes more CPU than it may."""


class Helper:
    """One process, one image at a time: whoever calls must see to that."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self, data: bytes, limits: Limits, wanted: Wanted, sha256: str) -> PreparedImage:
        """As `preparing.prepare`, within `limits.max_memory` and `CPU_SECONDS`.

        Raises:
            ImageError: this image can't be analyzed.
            MemoryError: it would take more memory.
        """
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        request = pickle.dumps(Request(limits, wanted, sha256, CPU_SECONDS))
        overdue = threading.Timer(_WALL_SECONDS, process.kill)
        overdue.start()
        try:
            for part in (request, data):
                process.stdin.write(framed(part))
                process.stdin.write(part)
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            pixels = process.stdout.read(answer["bytes"])
        except (OSError, ValueError):  # it has ended: no line, no JSON
            self.close()
            raise self._ended(process.returncode) from None
        finally:
            overdue.cancel()
        return _prepared(answer, pixels, wanted)

    def close(self) -> None:
        """End the process, if there is one."""
        if (process := self._process) is not None:
            self._process = None
            for pipe in (process.stdin, process.stdout):
                try:
                    if pipe is not None:
                        pipe.close()
                except OSError:
                    pass
            process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            # little of the environment: it needs none of the server's secrets
            environment = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
            environment |= {"PYTHONPATH": str(_SOURCES), "OPENBLAS_NUM_THREADS": "1"}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sidecar.images.helper"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )
        return self._process

    def _ended(self, status: int) -> Exception:
        if status == -signal.SIGXCPU:
            return TooSlow(
                "corrupt_image", f"expected an image that decodes within {CPU_SECONDS} s; received a slower one"
            )
        if status == -signal.SIGKILL:  # by the system, for lack of memory, or by our timer
            return MemoryError("one")
        log.warning("the process that decodes images ended with %s; the next image starts another", status)
        return ImageError(
            "corrupt_image", f"expected a complete image file; received one on which its decoder crashes ({status})"
        )


def _prepared(answer: dict[str, Any], pixels: bytes, wanted: Wanted) -> PreparedImage:
    if error := answer.get("error"):
        if error["type"] == MEMORY:
            raise MemoryError(error["reason"])
        if error["type"] == "analysis_failed":
            log.error("an image can't be analyzed: %s", answer["traceback"])
        raise ImageError(error["type"], error["reason"])
    square = np.frombuffer(pixels, np.uint8).reshape(wanted.size, wanted.size, 3)
    return PreparedImage(square, answer["thumbnail"], FileFacts(**answer["facts"]))
