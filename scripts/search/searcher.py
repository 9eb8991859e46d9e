"""Searches by the stored search templates, each hit with why it matched."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.document import Document
from scripts.shared.errors import CliError
from scripts.shared.photos import as_base64
from scripts.shared.simulate import analyze

# fields of a hit that the results are made of; never the image
_SOURCE = ["filename", "thumbnail"]

# as the template has it; a larger page needs as many
_FEATURES_K = 100


@dataclass(frozen=True, slots=True)
class Why:
    """One synset (or concept) that query and document share; the products add up to the hit's score."""

    synset: str
    query: float
    document: float

    @property
    def product(self) -> float:
        return self.query * self.document

    def as_dict(self) -> dict[str, Any]:
        return {"synset": self.synset, "query": self.query, "document": self.document, "product": self.product}


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. `thumbnail` is the base64 of a JPEG, where the document has one."""

    id: str
    score: float
    filename: str | None
    thumbnail: str | None
    why: list[Why]

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "score": self.score,
            "filename": self.filename,
            "why": [why.as_dict() for why in self.why],
        }


@dataclass(frozen=True, slots=True)
class Results:
    """One page of hits; `took_ms` is Elasticsearch's own time."""

    took_ms: int
    hits: list[Hit]

    def as_dict(self) -> dict[str, Any]:
        return {"took_ms": self.took_ms, "hits": [hit.as_dict() for hit in self.hits]}


class Searcher:
    """Searches one index (or several, as Elasticsearch's index expressions allow)."""

    def __init__(self, es: Elasticsearch, index: str, size: int) -> None:
        self._es = es
        self._index = index
        self._size = size

    def by_image(self, image: Path, top_k: int) -> Results:
        """Photos whose synset scores have the largest inner product with the image's `top_k`."""
        return self._search("search-by-image", {"image": as_base64(image.read_bytes()), "top_k": top_k})

    def by_features(self, image: Path) -> Results:
        """Photos whose deep features point most nearly where the image's do; a score is (1 + cosine) / 2."""
        params = {"features": self._features_of(image), "k": max(self._size, _FEATURES_K)}
        return self._search("search-by-features", params)

    def like(self, id_: str) -> Results:
        """Photos like an indexed one, itself left out."""
        return self._search("search-like-document", {"index": self._index, "id": id_})

    def by_keyword(self, words: str) -> Results:
        """Photos by what is in them: a synset, or a concept above it."""
        return self._search("search-by-keyword", {"words": words})

    def _search(self, template: str, params: dict[str, Any]) -> Results:
        response = self._es.search_template(
            index=self._index, id=template, params={**params, "size": self._size, "source": _SOURCE}
        )
        return Results(response["took"], [_hit(hit) for hit in response["hits"]["hits"]])

    def _features_of(self, image: Path) -> list[float]:
        """Ask Elasticsearch, not the sidecar: whoever searches needs to reach only the one."""
        document = analyze(self._es, as_base64(image.read_bytes()), features=True)
        if document.features is None:
            raise CliError(f"{image.name} can't be analyzed: {document.analysis.reason}")
        return document.features


def _hit(hit: dict[str, Any]) -> Hit:
    document = Document.read(hit["_source"])
    return Hit(hit["_id"], hit["_score"], document.filename, document.thumbnail, shared_synsets(hit))


def shared_synsets(hit: dict[str, Any]) -> list[Why]:
    """Why Elasticsearch's hit matched; empty where it has no synsets to share, as in a search by features."""
    return [Why(one["synset"], one["query"], one["document"]) for one in hit.get("fields", {}).get("why", [])]
