"""The running local stack's part: requests of a node to its sidecar, and bulks of `image-synset index`."""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from scripts.local.tuned import BATCH_ITEMS, BULK_PHOTOS, BULKS, IN_FLIGHT
from scripts.shared.assets import STRICT_PIPELINE, create_index
from scripts.shared.bulk import INDEXING, BulkSize, refusal, send
from scripts.shared.errors import CliError
from scripts.shared.photos import as_base64
from scripts.tune.sidecars import DEFAULT, Values

_TURN_SECONDS = 2.5
# enough for each bulk of the largest candidate
_FEWEST = 256

# few, so that there is time for enough turns of each
NODE_CANDIDATES: Mapping[str, Values] = {
    DEFAULT: {},
    "8 requests of 16": {IN_FLIGHT: 8},
    "2 requests of 32": {IN_FLIGHT: 2, BATCH_ITEMS: 32},
}
BULK_CANDIDATES: Mapping[str, Values] = {
    DEFAULT: {},
    **{
        f"{bulks} bulks of {photos}": {BULKS: bulks, BULK_PHOTOS: photos}
        for bulks, photos in ((2, 64), (8, 32))
        if BulkSize(bulks, photos) != INDEXING
    },
}


class Bulks:
    """Indexes photos into an index of its own, each time as new bytes, which no content cache knows."""

    def __init__(self, es: Elasticsearch, index: str, photos: Sequence[Path], images_per_s: float) -> None:
        self._es, self._index = es, index
        count = max(int(images_per_s * _TURN_SECONDS), _FEWEST)
        self._photos = [photos[number % len(photos)] for number in range(count)]

    def node_run(self, values: Values) -> Callable[[], float]:
        """Runs a turn, of half the photos, with settings of the node, and says its documents/s."""

        def run() -> float:
            put(self._es, {name: values.get(name) for name in (IN_FLIGHT, BATCH_ITEMS)})
            return self._turn(INDEXING, len(self._photos) // 2)

        return run

    def bulk_run(self, values: Values) -> Callable[[], float]:
        """The same of all photos with other bulks."""
        size = BulkSize(values.get(BULKS, INDEXING.at_once), values.get(BULK_PHOTOS, INDEXING.documents))
        return lambda: self._turn(size, len(self._photos))

    def _turn(self, size: BulkSize, count: int) -> float:
        started = time.perf_counter()
        for ok, result in send(self._es, self._actions(count), size):
            if not ok:
                raise CliError(f"Expected every photo to be indexed, found: {refusal(result)}")
        return count / (time.perf_counter() - started)

    def _actions(self, count: int) -> Iterator[dict[str, Any]]:
        for photo in self._photos[:count]:
            image = as_base64(salted(photo))
            yield {"_index": self._index, "pipeline": STRICT_PIPELINE, "filename": photo.name, "image": image}


def salted(photo: Path) -> bytes:
    """The file with some random bytes behind it, which change nothing of the picture."""
    return photo.read_bytes() + os.urandom(8)


@contextmanager
def measured_index(es: Elasticsearch) -> Iterator[str]:
    """An index to measure with; afterward it is deleted, and the node's settings are as before.

    Raises:
        CliError: Elasticsearch lacks what `image-synset setup` puts there.
    """
    if not es.options(ignore_status=404).ingest.get_pipeline(id=STRICT_PIPELINE).body:
        raise CliError(f"Expected the pipeline {STRICT_PIPELINE}, found none: run `image-synset setup`.")
    before = es.cluster.get_settings(flat_settings=True)["persistent"]
    index = f"tune-{secrets.token_hex(4)}"
    try:
        create_index(es, index)
        yield index
    finally:
        put(es, {name: before.get(name) for name in (IN_FLIGHT, BATCH_ITEMS)})
        es.indices.delete(index=index, ignore_unavailable=True)


def put(es: Elasticsearch, settings: Mapping[str, int | str | None]) -> None:
    """Change settings of the running cluster; None takes one back."""
    es.cluster.put_settings(persistent=dict(settings))
