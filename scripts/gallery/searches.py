"""The page's requests as searches of Elasticsearch: stored templates for hits, plain searches for what they lack."""

from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from scripts.gallery.concept_facets import synsets_under, things
from scripts.gallery.schemas import FacetsRequest, Filters, Query, SearchRequest
from scripts.search import shared_synsets
from scripts.shared.assets import PIPELINE
from scripts.shared.document import STATUS, Document
from scripts.shared.errors import NoSynsets
from scripts.shared.simulate import analyze

_SOURCE = [
    *("filename", "thumbnail", "top_synset", "top_score"),
    *("image_analysis.status", "image_analysis.error.reason"),
    *("image_analysis.image.width", "image_analysis.image.height"),
]
_NEWEST_FIRST = [
    {"image_analysis.analyzed_at": {"order": "desc", "unmapped_type": "date"}},
    {"image_analysis.image.sha256": {"order": "asc", "unmapped_type": "keyword"}},
]
_NOT_ANALYZED = "This photo has not been analyzed: nothing is known of what it shows."
_CLASSES = 1000
_SHOWN_SYNSETS = 12


class Searches:
    """Searches of one index."""

    def __init__(self, es: Elasticsearch, index: str) -> None:
        self._es = es
        self._index = index

    def hits(self, asked: SearchRequest) -> dict[str, Any]:
        """`{"took_ms", "hits"}`, each hit with its score and why, in the page's own shape."""
        query, filters = asked.query, _filters(asked.filters)
        page = {"from": asked.from_, "size": asked.size, "source": _SOURCE, "filter": filters}
        template = self._template(query)
        if template is None:
            found = self._es.search(
                index=self._index,
                query={"bool": {"filter": filters}},
                sort=_NEWEST_FIRST,
                from_=asked.from_,
                size=asked.size,
                source_includes=_SOURCE,
                track_total_hits=False,
            )
        else:
            id_, params = template
            found = self._es.search_template(index=self._index, id=id_, params={**page, **params})
        return {"took_ms": found["took"], "hits": [_hit(hit) for hit in found["hits"]["hits"]]}

    def facets(self, asked: FacetsRequest) -> dict[str, Any]:
        """`{"took_ms", "total", "facets"}`; templates have no aggregations."""
        found = self._es.search(
            index=self._index,
            query={"bool": {"must": self._clause(asked.query), "filter": _filters(asked.filters)}},
            aggs={
                "top_synset": {"terms": {"field": "top_synset", "size": _CLASSES}},
                "status": {"terms": {"field": STATUS}},
            },
            size=0,
            track_total_hits=True,
        )
        synsets = _counts(found["aggregations"]["top_synset"])
        facets = {
            "things": things(synsets),
            "top_synset": list(synsets.items())[:_SHOWN_SYNSETS],
            "status": list(_counts(found["aggregations"]["status"]).items()),
        }
        return {"took_ms": found["took"], "total": found["hits"]["total"]["value"], "facets": facets}

    def synsets_of_image(self, image: str) -> dict[str, Any]:
        """`{"synsets", "thumbnail"}` of a photo in base64, as the pipeline would index it.

        Raises:
            NoSynsets: it is no image, or the sidecar can't be had.
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
        fields = ["synset.*.score", "thumbnail", "filename"]
        try:
            found = self._es.get(index=self._index, id=id_, source_includes=fields)
        except NotFoundError:
            raise NoSynsets(404, f"Expected a document with the id {id_}, found none.") from None
        document = Document.read(found["_source"])
        if not document.synsets:
            raise NoSynsets(422, _NOT_ANALYZED)
        return {**_synsets(document), "filename": document.filename}

    def _template(self, query: Query) -> tuple[str, dict[str, Any]] | None:
        if query.words is not None:
            return "search-by-keyword", {"words": query.words}
        ranked = {"similarity": query.similarity}
        if query.image is not None:
            return "search-by-image", {"image": query.image, **ranked}
        if query.synsets is not None:
            return "search-by-synsets", {"synsets": query.synsets, **ranked}
        if query.like is not None:
            return "search-like-document", {"index": self._index, "id": query.like, **ranked}
        return None

    def _clause(self, query: Query) -> dict[str, Any]:
        """The template's query alone: it says which documents match."""
        if query.like is not None:
            like = {"image_synset": {"document": {"index": self._index, "id": query.like}}}
            return {"bool": {"must": like, "must_not": {"ids": {"values": [query.like]}}}}
        for name in ("image", "synsets", "words"):
            if (value := getattr(query, name)) is not None:
                return {"image_synset": {name: value}}
        return {"match_all": {}}


def _filters(filters: Filters) -> list[dict[str, Any]]:
    return [
        *({"terms": {"top_synset": synsets_under(concept)}} for concept in filters.things),
        *({"term": {"top_synset": synset}} for synset in filters.top_synset),
        *({"term": {STATUS: status}} for status in filters.status),
    ]


def _counts(aggregation: dict[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in aggregation["buckets"]}


def _synsets(document: Document) -> dict[str, Any]:
    # a list: JSON objects have no order
    return {"synsets": document.best_first, "thumbnail": document.thumbnail}


def _hit(hit: dict[str, Any]) -> dict[str, Any]:
    document = Document.read(hit["_source"])
    analysis = document.analysis
    return {
        "id": hit["_id"],
        "score": hit.get("_score"),
        "filename": document.filename,
        "thumbnail": document.thumbnail,
        "top_synset": document.top_synset,
        "top_score": document.top_score,
        "status": analysis.status,
        "error": analysis.reason,
        "image": analysis.image or None,
        "why": [shared.as_dict() for shared in shared_synsets(hit)],
    }
