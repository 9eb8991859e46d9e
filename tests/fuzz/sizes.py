"""Reads files whose headers lie about sizes; a program of its own, so that its memory is its own.

    python -m tests.fuzz.sizes <first seed> <count>

Prints one JSON line: how many of each kind ended how, the most memory (bytes) and CPU (seconds) that one took, in this
process and in the helper, and the seeds that took more than they may, or ended in an error that nobody foresaw.
"""

import collections
import hashlib
import json
import sys
import time
import warnings

import psutil

from sidecar.errors import ImageError
from sidecar.host.memory import keep_little
from sidecar.host.metrics import Metrics
from sidecar.images.fitting import crop_bicubic, squash_nearest
from sidecar.images.limits import Limits
from sidecar.images.preparing import Wanted
from sidecar.images.reader import Reader
from sidecar.scheduling.priority import Priority
from tests.fuzz.headers import generate
from tests.support.peak import Peak

LIMITS = Limits(20 * 2**20, 40_000_000)
# what decoding may take, and the rest of what happens to an image
MOST_BYTES, MOST_SECONDS = LIMITS.max_memory + 20 * 2**20, 20
WANTED = (Wanted(crop_bicubic, 224, 128), Wanted(squash_nearest, 224, 512))


def main() -> None:
    """See the module."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
    keep_little()
    first, count = int(sys.argv[1]), int(sys.argv[2])
    outcomes: collections.Counter[str] = collections.Counter()
    too_much: list[str] = []
    most = {"bytes": 0, "helper_bytes": 0, "seconds": 0.0}
    reader, process = Reader(LIMITS, Metrics()), psutil.Process()
    for seed in range(first, first + count):
        kind, data = generate(seed)
        if len(data) > LIMITS.max_bytes:
            continue
        children = process.children()
        peaks = [Peak(one.pid) for one in (process, *children)]
        started, apart = time.process_time(), sum(sum(child.cpu_times()[:2]) for child in children)
        try:
            reader.read(data, WANTED[seed % 2], hashlib.sha256(data).hexdigest(), Priority())
            outcome = "ok"
        except ImageError as error:
            outcome = error.type
        outcomes[f"{kind} {outcome}"] += 1
        here = peaks[0].grown()
        survivors = [child for child in children if child.is_running()]
        helper = peaks[1].grown() if survivors and len(peaks) > 1 else 0
        seconds = time.process_time() - started
        if survivors:
            seconds += sum(sum(child.cpu_times()[:2]) for child in survivors) - apart
        for name, value in (("bytes", here), ("helper_bytes", helper), ("seconds", seconds)):
            most[name] = max(most[name], value)
        if here + helper > MOST_BYTES or seconds > MOST_SECONDS + 2 or outcome == "analysis_failed":
            too_much.append(f"{seed}: {kind} {outcome}, {here + helper} bytes, {seconds:.1f} s")
    reader.close()
    print(json.dumps({"read": outcomes.total(), "outcomes": outcomes, "most": most, "too_much": too_much}))


if __name__ == "__main__":
    main()
