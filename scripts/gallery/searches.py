"""The page's requests as searches of Elasticsearch: stored templates for hits, plain searches for what they lack."""

import base64
import hashlib
from typing import Any
from urllib.parse import quote, urlencode

from elasticsearch import Elasticsearch, NotFoundError

from scripts.gallery.concept_facets import things
from scripts.gallery.hierarchies import Hierarchies
from scripts.gallery.schemas import FacetsRequest, Filters, Query, SearchRequest
from scripts.search import read_words, shared_synsets
from scripts.shared.assets import PIPELINE
from scripts.shared.document import SHA256, STATUS, Document
from scripts.shared.errors import NoSynsets
from scripts.shared.places import Place, places
from scripts.shared.simulate import analyze

_SOURCE = [
    *("filename", "thumbnail", "top_synset", "top_score"),
    *("image_analysis.status", "image_analysis.error.reason"),
    *("image_analysis.image.width", "image_analysis.image.height", "image_analysis.image.sha256"),
]
_NEWEST_FIRST: list[str | dict[str, Any]] = [
    {"image_analysis.analyzed_at": {"order": "desc", "unmapped_type": "date"}},
    {"image_analysis.image.sha256": {"order": "asc", "unmapped_type": "keyword"}},
]
_BEST_FIRST: list[str | dict[str, Any]] = [
    "_score",
    {"image_analysis.image.sha256": {"order": "asc", "unmapped_type": "keyword"}},
]
# more than any photo's score: copies of the photo searched by come before all others
_FIRST = 1e9
_NOT_ANALYZED = "This photo has not been analyzed: nothing is known of what it shows."
_CLASSES = 1000
# there are twice as many concepts
_CONCEPTS = 4000
# in no name of an index
_SEPARATOR = "|"
_SHOWN_SYNSETS = 12


class Searches:
    """Searches of one index."""

    def __init__(self, es: Elasticsearch, index: str) -> None:
        self._es = es
        self._index = index
        self._hierarchies = Hierarchies(es)

    def hits(self, asked: SearchRequest) -> dict[str, Any]:
        """`{"took_ms", "hits", "words"}`, each hit with its score and why, in the page's own shape."""
        query, filters = asked.query, _filters(asked.filters)
        page = {"from": asked.from_, "size": asked.size, "source": _SOURCE, "filter": filters}
        photo = self._photo(query)
        if query.is_words:
            params = {**page, "words": query.words, "weak_matches": query.weak_matches}
            found = self._es.search_template(index=self._index, id="search-by-keyword", params=params)
        else:
            found = self._es.search(
                index=self._index,
                query={"bool": {"must": self._clause(query, photo), "filter": filters}},
                sort=_NEWEST_FIRST if query.is_everything else _BEST_FIRST,
                from_=asked.from_,
                size=asked.size,
                source_includes=_SOURCE,
                track_total_hits=False,
                ext={"image_synset": {"why": True, "words": query.words or ""}},
            )
        found_hits = [{"id": self._handle(hit), **_hit(hit, photo)} for hit in found["hits"]["hits"]]
        words = [word.as_dict() for word in read_words(found)]
        return {"took_ms": found["took"], "hits": found_hits, "words": words}

    def facets(self, asked: FacetsRequest) -> dict[str, Any]:
        """`{"took_ms", "total", "weak_matches", "facets"}`; templates have no aggregations.

        `total` counts the photos that `hits` shows on all pages, `weak_matches` those that it leaves out.
        """
        query, filters = asked.query, _filters(asked.filters)
        photo = self._photo(query)
        found = self._es.search(
            index=self._index,
            query={"bool": {"must": self._clause(query, photo), "filter": filters}},
            aggs={
                "top_synset": {"terms": {"field": "top_synset", "size": _CLASSES}},
                "concepts": {"terms": {"field": "concepts", "size": _CONCEPTS}},
                "status": {"terms": {"field": STATUS}},
            },
            size=0,
            track_total_hits=True,
        )
        total = found["hits"]["total"]["value"]
        synsets = _counts(found["aggregations"]["top_synset"])
        concepts = _counts(found["aggregations"]["concepts"])
        shown = things(synsets, self._hierarchies.of(synsets))
        facets = {
            # as many as a search for the word shows
            "things": _most_first([(concept, concepts.get(concept, 0)) for concept, _ in shown]),
            "top_synset": list(synsets.items())[:_SHOWN_SYNSETS],
            "status": list(_counts(found["aggregations"]["status"]).items()),
        }
        weak = 0
        if not query.is_everything and not query.weak_matches:
            every = self._clause(query.model_copy(update={"weak_matches": True}), photo)
            count = self._es.count(index=self._index, query={"bool": {"must": every, "filter": filters}})["count"]
            weak = max(0, count - total)
        return {"took_ms": found["took"], "total": total, "weak_matches": weak, "facets": facets}

    def words(self, beginning: str, size: int) -> list[dict[str, Any]]:
        """`[{"text", "photos"}, …]`: words that begin so and that photos show, those that most show first."""
        path = f"/{quote(self._index, safe=',*')}/_image_synset/words?{urlencode({'q': beginning, 'size': size})}"
        answer = self._es.perform_request("GET", path, headers={"accept": "application/json"})
        return [{"text": word["text"], "photos": word["photos"]} for word in answer["words"]]

    def synsets_of_image(self, image: str) -> dict[str, Any]:
        """`{"synsets", "thumbnail"}` of a photo in base64, as the pipeline would index it.

        Raises:
            NoSynsets: it is not an image, or the sidecar isn't available.
        """
        document = analyze(self._es, image, pipeline=PIPELINE)
        analysis = document.analysis
        if not analysis.ok:
            raise NoSynsets(503 if analysis.status == "pending" else 422, analysis.reason or _NOT_ANALYZED)
        return _synsets(document)

    def synsets_of_document(self, id_: str) -> dict[str, Any]:
        """`{"synsets", "thumbnail", "filename"}` of an indexed photo.

        Raises:
            NoSynsets: there is no such document, or it was not analyzed.
        """
        fields = ["synset.*.score", "thumbnail", "filename", SHA256]
        try:
            place = self._place(id_)
            found = self._es.get(index=place.index, id=place.id, routing=place.routing, source_includes=fields)
        except NotFoundError:
            raise NoSynsets(404, f"Expected a document with the id {id_}, found none.") from None
        document = Document.read(found["_source"])
        if not document.synsets:
            raise NoSynsets(422, _NOT_ANALYZED)
        return {**_synsets(document), "filename": document.filename}

    def _photo(self, query: Query) -> str | None:
        """SHA-256 of the photo searched by, as far as it is known."""
        if query.image is not None:
            try:
                return hashlib.sha256(base64.b64decode(query.image.rpartition(",")[2])).hexdigest()
            except ValueError:
                return None  # Elasticsearch says what is wrong with it
        if query.like is None:
            return query.photo
        place = self._place(query.like)
        found = self._es.search(
            index=place.index, query={"ids": {"values": [place.id]}}, size=1, source_includes=[SHA256]
        )["hits"]["hits"]
        return Document.read(found[0]["_source"]).analysis.sha256 if found else None

    def _place(self, handle: str) -> Place:
        """The document that a hit's `id` means; of an id alone, what a search finds first."""
        parts = handle.split(_SEPARATOR, 2)
        if len(parts) == 3:
            return Place(parts[0], parts[2], parts[1] or None)
        return next(iter(places(self._es, self._index, handle)), Place(self._index, handle))

    def _handle(self, hit: dict[str, Any]) -> str:
        """Distinguishes documents of several indices that have the same id."""
        id_, routing = str(hit["_id"]), hit.get("_routing") or ""
        if hit["_index"] == self._index and not routing and _SEPARATOR not in id_:
            return id_
        return _SEPARATOR.join((hit["_index"], routing, id_))

    def _clause(self, query: Query, photo: str | None) -> dict[str, Any]:
        """The query alone, which says what matches; copies of the photo itself come first, a photo of the index not."""
        if query.is_everything:
            return {"match_all": {}}
        if query.is_words:
            return {"image_synset": {"words": query.words, "weak_matches": query.weak_matches}}
        itself: list[dict[str, Any]] = []
        ranked: dict[str, Any] = {"similarity": query.similarity, "weak_matches": query.weak_matches}
        if query.like is not None:
            place = self._place(query.like)
            itself = [{"bool": {"filter": [{"ids": {"values": [place.id]}}, {"term": {"_index": place.index}}]}}]
            ours: dict[str, Any] = {"image_synset": {"document": place.as_params(), **ranked}}
        elif query.image is not None:
            ours = {"image_synset": {"image": query.image, **ranked}}
        else:
            ours = {"image_synset": {"synsets": query.synsets, **ranked}}
        should = [ours]
        if query.words is not None:
            # what a photo shows counts beside what it is like; unknown words are reported
            should.append({"image_synset": {"words": query.words, "unknown_words": "ignore"}})
        if photo is not None:
            should.append({"constant_score": {"filter": {"term": {SHA256: photo}}, "boost": _FIRST}})
        return {"bool": {"should": should, "minimum_should_match": 1, "must_not": itself}}


def _filters(filters: Filters) -> list[dict[str, Any]]:
    return [
        *({"term": {"concepts": concept}} for concept in filters.things),
        *({"term": {"top_synset": synset}} for synset in filters.top_synset),
        *({"term": {STATUS: status}} for status in filters.status),
    ]


def _most_first(counts: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(((name, count) for name, count in counts if count), key=lambda item: -item[1])


def _counts(aggregation: dict[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in aggregation["buckets"]}


def _synsets(document: Document) -> dict[str, Any]:
    # a list: JSON objects have no order
    return {"synsets": document.best_first, "thumbnail": document.thumbnail, "photo": document.analysis.sha256}


def _hit(hit: dict[str, Any], photo: str | None) -> dict[str, Any]:
    document = Document.read(hit["_source"])
    analysis = document.analysis
    same = photo is not None and analysis.sha256 == photo
    return {
        "score": None if same else hit.get("_score"),
        "same_image": same,
        "filename": document.filename,
        "thumbnail": document.thumbnail,
        "top_synset": document.top_synset,
        "top_score": document.top_score,
        "status": analysis.status,
        "error": analysis.reason,
        "image": analysis.image or None,
        "why": [] if same else [shared.as_dict() for shared in shared_synsets(hit)],
    }
