"""Pillow's resize in one direction, written so that Numba makes vector instructions of it (compiling.py does).

Pillow takes the three colors of one pixel at a time. Here all pixels of a line are added up together, which a compiler
turns into vectors of 8 or 16 numbers. Every number is made as in Pillow's Resample.c, in the same order, so that the
result has the same bits.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Lines = npt.NDArray[np.uint8]

# weights are integers, in parts of 2^22
_BITS = 22


def weights(before: int, after: int, first: int, end: int, bicubic: bool) -> tuple[Any, Any, Any]:
    """How the lines from `first` to before `end`, of `after` in all, are made of `before` lines.

    Returns the weights [n, most], the first line that each is made of [n], and the number of those lines [n]. Bicubic,
    or else bilinear.
    """
    scale = before / after
    wide = max(scale, 1.0)
    support = (2.0 if bicubic else 1.0) * wide
    most = int(math.ceil(support)) * 2 + 1
    parts = np.zeros((end - first, most), np.int32)
    starts = np.empty(end - first, np.int64)
    counts = np.empty(end - first, np.int64)
    shares = np.empty(most, np.float64)
    for line in range(end - first):
        center = (first + line + 0.5) * scale
        start = max(int(center - support + 0.5), 0)
        count = min(int(center + support + 0.5), before) - start
        total = 0.0
        for tap in range(count):
            at = abs((tap + start - center + 0.5) * (1.0 / wide))
            if bicubic:
                if at < 1.0:
                    share = ((-0.5 + 2.0) * at - (-0.5 + 3.0)) * at * at + 1.0
                elif at < 2.0:
                    share = (((at - 5.0) * at + 8.0) * at - 4.0) * -0.5
                else:
                    share = 0.0
            else:
                share = max(1.0 - at, 0.0)
            shares[tap] = share
            total += share
        for tap in range(count):
            share = shares[tap] / total * (1 << _BITS)
            parts[line, tap] = int(share - 0.5) if share < 0 else int(share + 0.5)
        starts[line], counts[line] = start, count
    return parts, starts, counts


def weighed(lines: Lines, skipped: int, parts: Any, starts: Any, counts: Any) -> Lines:
    """The lines that `weights` speaks of, [n, width], from those that they are made of, without the first `skipped`."""
    width = lines.shape[1]
    made = np.empty((len(starts), width), np.uint8)
    sums = np.empty(width, np.int32)
    for line in range(len(starts)):
        start, count = starts[line] - skipped, counts[line]
        sums[:] = 1 << (_BITS - 1)
        tap = 0
        # four at once: sums are read and written a quarter as often
        while tap + 4 <= count:
            weight0, weight1 = parts[line, tap], parts[line, tap + 1]
            weight2, weight3 = parts[line, tap + 2], parts[line, tap + 3]
            line0, line1 = lines[start + tap], lines[start + tap + 1]
            line2, line3 = lines[start + tap + 2], lines[start + tap + 3]
            for x in range(width):
                sums[x] += (
                    weight0 * np.int32(line0[x])
                    + weight1 * np.int32(line1[x])
                    + weight2 * np.int32(line2[x])
                    + weight3 * np.int32(line3[x])
                )
            tap += 4
        while tap < count:
            weight0, line0 = parts[line, tap], lines[start + tap]
            for x in range(width):
                sums[x] += weight0 * np.int32(line0[x])
            tap += 1
        for x in range(width):
            made[line, x] = min(max(sums[x] >> _BITS, 0), 255)
    return made
