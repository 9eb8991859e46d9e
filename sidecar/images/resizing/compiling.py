"""When the functions are compiled: in a service, in the background, once there have been enough pictures."""

import itertools
import logging
import threading
import time

import numpy as np
from PIL import Image

from sidecar.images.resizing.compiled import BICUBIC, BILINEAR, Compiled

log = logging.getLogger(__name__)

# Compiling takes as long as some two thousand pictures save, and memory. Who sends so many sends more.
ENOUGH = 200

_SAMPLE = (61, 47)


class Compiler:
    """Compiles in a thread of its own when it is asked the `enough`-th time; not before `allow` and without Numba."""

    def __init__(self, enough: int = ENOUGH) -> None:
        self._enough, self._asked = enough, itertools.count(1)
        self._allowed = False
        self._compiled: Compiled | None = None
        self._thread: threading.Thread | None = None

    def allow(self) -> None:
        """In processes that live long and whose memory nobody has limited to what a picture takes."""
        self._allowed = True

    def compiled(self) -> Compiled | None:
        """The functions, if there are any yet; asked once for each picture."""
        if self._allowed and self._compiled is None and next(self._asked) == self._enough:
            self._thread = threading.Thread(target=self._compile, name="compiling")
            self._thread.start()
        return self._compiled

    def wait(self) -> None:
        """Until what has been started is over."""
        if self._thread is not None:
            self._thread.join()

    def _compile(self) -> None:
        started = time.perf_counter()
        try:
            made = Compiled.by_numba()
            equal = gives_the_same(made)
        except ImportError:
            log.info("pictures are resized by Pillow; with the package numba it takes a quarter of the time")
        except Exception:
            log.exception("resizing can't be compiled: Pillow goes on")
        else:
            if equal:
                self._compiled = made
                log.info("resizing is compiled, after %.1f s", time.perf_counter() - started)
            else:
                log.warning("resizing as compiled on this machine differs from Pillow's: Pillow goes on")


def gives_the_same(made: Compiled) -> bool:
    """Whether pictures of noise, made smaller and larger, come out as Pillow makes them, bit for bit."""
    width, height = _SAMPLE
    noise = np.random.default_rng(2017).integers(0, 256, (height, width, 3), np.uint8)
    picture = Image.fromarray(noise)
    for resample in (BICUBIC, BILINEAR):
        for size in ((23, 18), (40, 31), (97, 75)):
            part = (3, 2, size[0] - 4, size[1] - 1)
            expected = picture.resize(size, resample).crop(part)
            if made.part_of_resized(picture, size, resample, part).tobytes() != expected.tobytes():
                return False
    return True


COMPILER = Compiler()
