"""How the C library keeps memory: what a picture took goes back to the system when it is done."""

import contextlib
import ctypes

# of malloc.h in the GNU C library; others (musl, macOS) have no mallopt and don't keep memory in this way
_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3

_RETURNED_AT_ONCE = 4 * 2**20


def keep_little(arenas: int = 2) -> None:
    """To be called before threads begin, once a process; what it forks is as it is.

    `arenas`: heaps of which threads take memory. All but the first reserve 64 MB of address space, which a limit on
    that space counts whether it is used or not.

    By default each of many threads keeps memory of its own, and from the first large picture on (up to 32 MB) pieces of
    that size too: 400 MB resident grew to 430 MB over 1500 images of mixed size, where it now stays at 300 MB, for
    some 3 % of CPU time. Pictures below the threshold (a megapixel) are still cut from what is kept.
    """
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, arenas)
        mallopt(_M_MMAP_THRESHOLD, _RETURNED_AT_ONCE)
