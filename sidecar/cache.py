"""What the model said of an image, kept on disk under the SHA-256 of the image's bytes.

Indexing the same photos again then costs no inference and no decoding. Kept is the whole probability
distribution with the features, so that every `top_k` and threshold can be answered from it.
"""

import json
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import diskcache
import numpy as np

from sidecar.host.metrics import Metrics
from sidecar.images.decoding import FileFacts
from sidecar.runtimes import Outputs

log = logging.getLogger(__name__)

# diskcache's word for a value that is in the row as it is
_RAW = 1
# of 4 KB
_DATABASE_PAGES = 1024

# larger than any row: files beside the database are never ours
_NO_FILES = 2**31

_BASE64 = re.compile(r"[A-Za-z0-9+/]{1,400000}={0,2}")

_Value = TypeVar("_Value")


class RowsOnly(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """Reads the bytes that are in a row and nothing else, whatever the row says.

    Who can write the database is not trusted. diskcache itself would unpickle, which runs what the pickle says, and
    read or remove the file that a row names.
    """

    def get(self, key: Any, raw: bool) -> Any:
        """See `diskcache.Disk`; what is pickled is not a key of ours."""
        return super().get(key, raw) if raw else None

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> bytes | None:
        """The bytes of a row; None for anything else, which is a miss."""
        return value if mode == _RAW and filename is None and isinstance(value, bytes) else None

    def remove(self, file_path: str) -> None:
        """Nothing: no row of ours has a file."""


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of an image's file, and what the model said of it."""

    facts: FileFacts
    outputs: Outputs


class ContentCache:
    """Bounded, and never a reason to fail: where it is broken, images are analyzed as if there were none.

    All access is from one thread: one connection to its database, however many requests there are.
    """

    def __init__(
        self, folder: Path, max_bytes: int, model: dict[str, str], classes: int, features: int, metrics: Metrics
    ) -> None:
        """`model` is what makes answers comparable: name, version, hash of the weights."""
        self._prefix = ":".join(model.values())
        self._classes, self._features = classes, features
        self._metrics = metrics
        self._complained = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="cache")
        self._disk: diskcache.Cache | None = None

        def opened() -> None:
            # what is read often matters no more than what is read once: a bulk comes around in order
            self._disk = diskcache.Cache(
                str(folder),
                disk=RowsOnly,
                disk_min_file_size=_NO_FILES,
                size_limit=max_bytes,
                eviction_policy="least-recently-stored",
                # the defaults hold up to 100 MB of the database in this process, beside the system's own cache of it
                sqlite_mmap_size=0,
                sqlite_cache_size=_DATABASE_PAGES,
            )

        self._thread.submit(self._guarded, opened).result()

    def get(self, sha256: str) -> Known | None:
        """What is known of the image with that hash, by this very model."""
        known = self._read(f"{self._prefix}:{sha256}", self._parsed)
        if self._disk is not None:
            self._metrics.cache.labels("miss" if known is None else "hit").inc()
        return known

    def put(self, known: Known) -> None:
        """Remember; returns before it is written."""
        numbers = np.concatenate(known.outputs).astype("<f4").tobytes()
        self._write(f"{self._prefix}:{known.facts.sha256}", json.dumps(asdict(known.facts)).encode() + b"\n" + numbers)

    def get_thumbnail(self, sha256: str, size: int) -> str | None:
        """The thumbnail of that size, whatever model was served when it was made."""
        return self._read(f"thumbnail:{size}:{sha256}", _thumbnail)

    def put_thumbnail(self, sha256: str, size: int, thumbnail: str) -> None:
        """Remember; returns before it is written."""
        self._write(f"thumbnail:{size}:{sha256}", thumbnail.encode("ascii"))

    def _parsed(self, value: bytes) -> Known:
        facts, _, numbers = value.partition(b"\n")
        row = np.frombuffer(numbers, "<f4")
        if len(row) != self._classes + self._features:
            raise ValueError(f"expected {self._classes + self._features} numbers, found {len(row)}")
        if not np.isfinite(row).all():
            raise ValueError("expected finite numbers, found others")
        return Known(_facts(json.loads(facts)), Outputs(row[: self._classes], row[self._classes :]))

    def _read(self, key: str, parse: Callable[[bytes], _Value]) -> _Value | None:
        def read() -> _Value | None:
            value = self._disk.get(key) if self._disk is not None else None
            return None if value is None else parse(value)

        return self._thread.submit(self._guarded, read).result()

    def _write(self, key: str, value: bytes) -> None:
        def write() -> None:
            if self._disk is not None:
                self._disk.set(key, value)

        self._thread.submit(self._guarded, write)

    def _guarded(self, access: Callable[[], _Value]) -> _Value | None:
        try:
            return access()
        except Exception as error:  # a full disk, a broken database, a folder that has gone
            self._metrics.cache.labels("error").inc()
            if not self._complained:  # once: it may happen for every image
                log.error("the cache in SIDECAR_CACHE_DIR fails, images are analyzed without it: %r", error)
            self._complained = True
            return None


def _facts(read: dict[str, Any]) -> FileFacts:
    facts = FileFacts(**read)
    texts, numbers = (facts.sha256, facts.format), (facts.width, facts.height, facts.bytes)
    if not all(type(text) is str for text in texts) or not all(type(number) is int for number in numbers):
        raise ValueError("expected facts of a file, found something else")
    return facts


def _thumbnail(value: bytes) -> str:
    text = value.decode("ascii")
    if not _BASE64.fullmatch(text):
        raise ValueError("expected a thumbnail in base64, found something else")
    return text
