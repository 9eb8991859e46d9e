"""Coverage-guided mutation of image files; a program of its own, because atheris ends its process.

    python -m tests.fuzz.mutations <folder of seeds> <runs> <seed>

Prints one JSON line: images tried, accepted, refused by type, and resident memory before and after. Anything that
`decode` raises but an ImageError ends it with a traceback, and so does an image that takes over 20 s, or that takes
this process beyond what it has and decoding may take.
"""

import collections
import json
import sys
from pathlib import Path

import atheris
import psutil

with atheris.instrument_imports():
    from sidecar.images.decoding import decode

from sidecar.errors import ImageError
from sidecar.images.limits import Limits

# small pictures, so that runs are many; what limits do is tested elsewhere
LIMITS = Limits(max_bytes=2**20, max_pixels=2_000_000)
_WARM_UP = 1000  # images until memory is as it stays


def main() -> None:
    """See the module."""
    folder, runs, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    outcomes: collections.Counter[str] = collections.Counter()
    memory: list[int] = []

    def one(data: bytes) -> None:
        try:
            decode(data, LIMITS, enough=64)
            outcomes["accepted"] += 1
        except ImageError as error:
            outcomes[error.type] += 1
        if outcomes.total() in (_WARM_UP, runs):
            memory.append(psutil.Process().memory_info().rss)
        if outcomes.total() == runs:  # not later: libFuzzer ends the process without a word to Python
            print(json.dumps({"tried": runs, **outcomes, "before": memory[0], "after": memory[1]}), flush=True)

    # a few more, because it counts its start too
    flags = [
        f"-runs={runs + 100}",
        f"-seed={seed}",
        "-timeout=20",
        f"-rss_limit_mb={(psutil.Process().memory_info().rss + LIMITS.max_memory) // 2**20 + 50}",
        "-max_len=65536",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *flags, str(folder)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
