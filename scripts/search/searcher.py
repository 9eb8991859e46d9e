"""Searches by the stored search templates, each hit with why it matched."""

import hashlib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.document import SHA256, Document, below
from scripts.shared.errors import CliError
from scripts.shared.photos import as_base64, can_be_reduced, opened, reduced
from scripts.shared.pipelines import MAX_IMAGE_BYTES
from scripts.shared.places import places
from scripts.shared.simulate import analyze

# what measured best among real photos: docs/quality.md
SIMILARITY = "kinds"


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
    """One result. `thumbnail` is the base64 of a JPEG, where the document has one.

    `same_image` says that it is the photo searched by, byte for byte.
    """

    id: str
    score: float
    filename: str | None
    thumbnail: str | None
    why: list[Why]
    same_image: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "score": self.score,
            "filename": self.filename,
            "same_image": self.same_image,
            "why": [why.as_dict() for why in self.why],
        }


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the search, and what became of it.

    `note` says it in a sentence, or is empty where nothing needs to be said; `offset` is where the word begins in the
    text; `options` is what may be searched for in its place.
    """

    text: str
    offset: int
    meaning: str
    searched: list[str]
    excluded: bool
    note: str
    options: list[str]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Results:
    """One page of hits; `took_ms` is Elasticsearch's own time.

    `total` is how many photos there are on all pages, `weak_matches` how many more match a little and are left out;
    None where they were not counted. `similarity` is how photos were compared, None in a search for words.
    """

    took_ms: int
    hits: list[Hit]
    total: int | None = None
    weak_matches: int | None = None
    similarity: str | None = None
    words: list[Word] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "took_ms": self.took_ms,
            "similarity": self.similarity,
            "words": [word.as_dict() for word in self.words],
            "total": self.total,
            "weak_matches": self.weak_matches,
            "hits": [hit.as_dict() for hit in self.hits],
        }


class Searcher:
    """Searches one index (or several, as Elasticsearch's index expressions allow).

    Weak matches are left out, and counted, unless `weak_matches` asks for them. `field` is the object that the photos'
    fields are below, where their processor has a `target_field`.
    """

    def __init__(
        self, es: Elasticsearch, index: str, size: int, *, weak_matches: bool = False, field: str | None = None
    ) -> None:
        self._es = es
        self._index = index
        self._size = size
        self._weak_matches = weak_matches
        self._field = field
        # what the results are made of; never the image
        self._source = ["filename", below(field, "thumbnail")]

    def by_image(self, image: Path, top_k: int, similarity: str = SIMILARITY, words: str | None = None) -> Results:
        """Photos like an image, by its `top_k` synsets, and of `words`; copies of the very image come first."""
        content = _sent(image)
        params: dict[str, Any] = {"image": as_base64(content), "top_k": top_k, "similarity": similarity}
        if words is not None:
            params["words"] = words
        return self._like("search-by-image", params, hashlib.sha256(content).hexdigest())

    def by_features(self, image: Path) -> Results:
        """Photos whose deep features point most nearly where the image's do; a score is (1 + cosine) / 2."""
        params = {
            "features": self._features_of(image),
            "k": max(self._size, _FEATURES_K),
            "size": self._size,
            "source": self._source,
            **self._below(),
        }
        response = self._es.search_template(index=self._index, id="search-by-features", params=params)
        return Results(response["took"], _hits(response, self._field), similarity="features")

    def like(self, id_: str, similarity: str = SIMILARITY) -> Results:
        """Photos like an indexed one, itself left out; copies of it come first.

        Raises:
            CliError: no document has that id, or several have.
        """
        found = places(self._es, self._index, id_)
        if not found:
            raise CliError(f"Expected a document with the id {id_} in {self._index}, found none.")
        if len(found) > 1:
            names = ", ".join(sorted(place.index for place in found))
            raise CliError(f"Expected one document with the id {id_}, found it in {names}: name one with --index.")
        params = {**found[0].as_params(), "similarity": similarity}
        return self._like("search-like-document", params, self._sha256_of(id_))

    def by_keyword(self, words: str) -> Results:
        """Photos by what is in them: a synset, or a concept above it."""
        return self._search("search-by-keyword", {"words": words})

    def _like(self, template: str, params: dict[str, Any], sha256: str | None) -> Results:
        """Copies of the image itself are listed first, as such, and are not among the hits."""
        similarity = params["similarity"]
        if sha256 is None:
            return self._search(template, params, similarity=similarity)
        same = {"term": {below(self._field, SHA256): sha256}}
        page = {**params, **self._below(), "size": self._size, "source": self._source, "track_total_hits": True}
        copies = self._es.search_template(
            index=self._index, id=template, params={**page, "filter": same, "weak_matches": True}
        )
        others = {"bool": {"must_not": same}}
        results = self._search(template, {**params, "filter": others}, similarity=similarity)
        hits = [replace(hit, same_image=True) for hit in _hits(copies, self._field)] + results.hits
        total = (results.total or 0) + copies["hits"]["total"]["value"]
        return replace(results, hits=hits[: self._size], total=total)

    def _search(self, template: str, params: dict[str, Any], similarity: str | None = None) -> Results:
        params = {**params, **self._below(), "source": self._source, "track_total_hits": True}
        page = {**params, "size": self._size, "weak_matches": self._weak_matches}
        response = self._es.search_template(index=self._index, id=template, params=page)
        total = response["hits"]["total"]["value"]
        weak = 0
        if not self._weak_matches:
            every = self._es.search_template(
                index=self._index, id=template, params={**params, "size": 0, "weak_matches": True}
            )
            weak = every["hits"]["total"]["value"] - total
        return Results(response["took"], _hits(response, self._field), total, weak, similarity, read_words(response))

    def _below(self) -> dict[str, str]:
        return {} if self._field is None else {"field": self._field}

    def _sha256_of(self, id_: str) -> str | None:
        found = self._es.search(
            index=self._index, query={"ids": {"values": [id_]}}, size=1, source_includes=[below(self._field, SHA256)]
        )["hits"]["hits"]
        return Document.read(found[0]["_source"], self._field).analysis.sha256 if found else None

    def _features_of(self, image: Path) -> list[float]:
        """Ask Elasticsearch, not the sidecar: whoever searches needs to reach only the one."""
        document = analyze(self._es, as_base64(_sent(image)), features=True)
        if document.features is None:
            raise CliError(f"{image.name} can't be analyzed: {document.analysis.reason}")
        return document.features


def _sent(image: Path) -> bytes:
    """The file, or the smaller copy that `index` would send of it.

    Raises:
        CliError: it can't be read.
    """
    try:
        if image.stat().st_size > MAX_IMAGE_BYTES and can_be_reduced(image):
            return reduced(image)
        with opened(image) as file:
            return file.read()
    except OSError as error:
        raise CliError(f"--image: expected a file that can be read, found {image}: {error.strerror}.") from None


def read_words(response: Any) -> list[Word]:
    """What became of the words of a search, as the body of its answer says."""
    return [
        Word(
            word["text"],
            word["offset"],
            word["meaning"],
            word["searched"],
            word["excluded"],
            word["note"],
            [option["text"] for option in word["options"]],
        )
        for word in response.get("suggest", {}).get("words", [])
    ]


def _hits(response: Any, field: str | None) -> list[Hit]:
    return [_hit(hit, field) for hit in response["hits"]["hits"]]


def _hit(hit: dict[str, Any], field: str | None) -> Hit:
    document = Document.read(hit["_source"], field)
    return Hit(hit["_id"], hit["_score"], document.filename, document.thumbnail, shared_synsets(hit))


def shared_synsets(hit: dict[str, Any]) -> list[Why]:
    """Why Elasticsearch's hit matched; empty where it has no synsets to share, as in a search by features."""
    return [Why(one["synset"], one["query"], one["document"]) for one in hit.get("fields", {}).get("why", [])]
