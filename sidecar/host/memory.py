"""How the C library keeps memory: what a picture took goes back to the system when it is done."""

import contextlib
import ctypes

# of malloc.h in the GNU C library; others (musl, macOS) have no mallopt and don't keep memory in this way
_M_ARENA_MAX, _M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -8, -3, -1

_RETURNED_AT_ONCE = 4 * 2**20

# What an image takes in all. A heap that gives it back takes it again for the next one, new pages that the system has
# to clear: a fifth of the time of analyzing a snapshot.
_KEPT = 16 * 2**20


def keep_little(arenas: int = 2, kept: int = _KEPT) -> None:
    """To be called before threads begin, once a process; what it forks is as it is.

    `arenas`: heaps of which threads take memory. All but the first reserve 64 MB of address space, which a limit on
    that space counts whether it is used or not. `kept`: bytes that each keeps at its end.

    By default each of many threads keeps memory of its own, and from the first large picture on (up to 32 MB) pieces of
    that size too, which grow from image to image.
    """
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, arenas)
        mallopt(_M_MMAP_THRESHOLD, _RETURNED_AT_ONCE)
        mallopt(_M_TRIM_THRESHOLD, kept)
