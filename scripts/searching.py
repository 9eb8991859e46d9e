"""Searches by the stored search templates, each hit with why it matched."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from scripts.errors import CliError

# fields of a hit that the results are made of; never the image
_SOURCE = ["filename", "thumbnail", "synset.*.score", "concept_vector"]

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
            "why": [
                {"synset": why.synset, "query": why.query, "document": why.document, "product": why.product}
                for why in self.why
            ],
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
        return self._by_synsets(_scores(self._analyze(image, {"top_k": top_k})))

    def by_features(self, image: Path) -> Results:
        """Photos whose deep features point most nearly where the image's do; a score is (1 + cosine) / 2."""
        features = self._analyze(image, {"features": True})["features"]
        params = {"features": features, "k": max(self._size, _FEATURES_K)}
        return self._search("search-by-features", params, {}, _scores)

    def like(self, id_: str) -> Results:
        """Photos like an indexed one, itself left out."""
        synsets = _scores(self._es.get(index=self._index, id=id_, source_includes=["synset.*.score"])["_source"])
        if not synsets:
            raise CliError(f"Expected document {id_} to have synsets, found none: its image was not analyzed.")
        return self._by_synsets(synsets, {"bool": {"must_not": {"ids": {"values": [id_]}}}})

    def by_keyword(self, words: str) -> Results:
        """Photos by what is in them: a synset, or a concept above it."""
        # the keys of concepts are single words
        key = "_".join(words.split())
        return self._search(
            "search-by-keyword", {"words": key}, {key: 1.0}, lambda source: source.get("concept_vector", {})
        )

    def _by_synsets(self, synsets: dict[str, float], filter_: dict[str, Any] | None = None) -> Results:
        params: dict[str, Any] = {"synsets": synsets}
        if filter_:
            params["filter"] = filter_
        return self._search("search-by-synsets", params, synsets, _scores)

    def _search(
        self,
        template: str,
        params: dict[str, Any],
        query: dict[str, float],
        scores: Callable[[dict[str, Any]], dict[str, float]],
    ) -> Results:
        response = self._es.search_template(
            index=self._index, id=template, params={**params, "size": self._size, "source": _SOURCE}
        )
        hits = [
            Hit(
                hit["_id"],
                hit["_score"],
                hit["_source"].get("filename"),
                hit["_source"].get("thumbnail"),
                _shared(query, scores(hit["_source"])),
            )
            for hit in response["hits"]["hits"]
        ]
        return Results(response["took"], hits)

    def _analyze(self, image: Path, options: dict[str, Any]) -> dict[str, Any]:
        """Ask Elasticsearch, not the sidecar: whoever searches needs to reach only the one."""
        document = {"image": base64.b64encode(image.read_bytes()).decode("ascii")}
        pipeline = {"processors": [{"image_synset": options}]}
        result = self._es.ingest.simulate(pipeline=pipeline, docs=[{"_source": document}])["docs"][0]
        if "error" in result:
            raise CliError(f"{image.name} can't be analyzed: {result['error'].get('reason')}")
        source: dict[str, Any] = result["doc"]["_source"]
        return source


def _scores(source: dict[str, Any]) -> dict[str, float]:
    # not from synset_vector: Elasticsearch gives that back as it indexed it, rounded to 0.4 %
    return {name: synset["score"] for name, synset in source.get("synset", {}).items()}


def _shared(query: dict[str, float], document: dict[str, float]) -> list[Why]:
    why = [Why(name, weight, document[name]) for name, weight in query.items() if name in document]
    return sorted(why, key=lambda shared: -shared.product)
