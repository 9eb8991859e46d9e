"""The ways to index photos that `image-synset bench ingest` compares.

`python -m scripts.bench.analysis.ingest_cases URL INDEX` is the baseline, in a process of its own like those of
`sidecar_cases`.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import requests
from elasticsearch import Elasticsearch
from prometheus_client.parser import text_string_to_metric_families

from scripts.bench.analysis.sidecar_cases import Classify, one_by_one, papers_prediction, serve
from scripts.shared.assets import STRICT_PIPELINE
from scripts.shared.bulk import BulkSize, send
from scripts.shared.errors import CliError
from scripts.shared.photos import as_base64
from sidecar.settings import Settings
from sidecar.synsets.index import synset_index

# what the strict pipeline asks of the sidecar
ASKED = {"top_k": 10, "thumbnail": 128}
_REQUEST_SECONDS = 600


class BulkCase:
    """Photos through a pipeline, sent as `image-synset index` sends them."""

    def __init__(self, es: Elasticsearch, index: str, size: BulkSize, pipeline: str = STRICT_PIPELINE) -> None:
        self._es = es.options(request_timeout=_REQUEST_SECONDS, max_retries=0)
        self._index, self._size, self._pipeline = index, size, pipeline

    def __call__(self, photos: Sequence[Path]) -> None:
        """Index them all, under ids that are new."""
        self.send(document(photo) for photo in photos)

    def send(self, documents: Iterable[dict[str, Any]]) -> None:
        """Index documents that are at hand."""
        actions = ({"_index": self._index, "pipeline": self._pipeline, **one} for one in documents)
        for ok, item in send(self._es, actions, self._size):
            if not ok:
                raise CliError(f"Expected every photo to be indexed, found {item}")


class LoneDocument:
    """One photo at a time, by the sidecar alone and by an index call, for the latency that indexing adds."""

    def __init__(self, es: Elasticsearch, index: str, sidecar: str, photos: Sequence[Path]) -> None:
        self._es, self._index, self._sidecar = es, index, sidecar
        self._documents = [document(photo) for photo in photos]
        self._session = requests.Session()

    def by_sidecar(self, number: int) -> None:
        """What the processor asks, asked directly."""
        body: Any = {"images": [{"id": "0", "image": self._documents[number]["image"]}], **ASKED}
        answer = self._session.post(f"{self._sidecar}/v1/analyze", json=body, timeout=_REQUEST_SECONDS)
        if "synsets" not in answer.json()["results"][0]:
            raise CliError(f"Expected the photo to be analyzed, found {answer.text}")

    def by_index_call(self, number: int) -> None:
        """Through the pipeline into the index."""
        self._es.index(index=self._index, pipeline=STRICT_PIPELINE, document=self._documents[number])

    def close(self) -> None:
        """Ends the connection to the sidecar."""
        self._session.close()


def batches(sidecar: str) -> tuple[float, float]:
    """How many images the model has been given so far, and in how many batches, by the sidecar's own count."""
    text = requests.get(f"{sidecar}/metrics", timeout=_REQUEST_SECONDS).text
    sizes = next(
        family for family in text_string_to_metric_families(text) if family.name == "sidecar_batch_size"
    ).samples
    found = {sample.name: sample.value for sample in sizes}
    return found["sidecar_batch_size_sum"], found["sidecar_batch_size_count"]


def document(photo: Path) -> dict[str, Any]:
    """As `image-synset index` sends it."""
    return {"filename": photo.name, "image": as_base64(photo.read_bytes())}


def _baseline(url: str, index: str) -> Classify:
    """`predict` of one photo and an index call with its synsets, in a loop."""
    es = Elasticsearch(url)
    predict = papers_prediction(Settings())

    def analyze_and_index(photo: str) -> None:
        synsets = {
            synset.name: {"wind": synset.wind, "words": synset.label, "score": score}
            for synset, score in synset_index().top(predict(photo), ASKED["top_k"])
        }
        es.index(index=index, pipeline="_none", document={"filename": Path(photo).name, "synset": synsets})

    return one_by_one(analyze_and_index)


if __name__ == "__main__":
    serve(lambda: _baseline(*sys.argv[1:]))
