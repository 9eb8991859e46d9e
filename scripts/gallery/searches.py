"""The page's requests as searches of Elasticsearch: stored templates for hits, plain searches for what they lack."""

from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from scripts.gallery.concept_facets import synsets_under, things
from scripts.gallery.schemas import FacetsRequest, Filters, Query, SearchRequest
from scripts.search import shared_synsets
from scripts.shared.assets import PIPELINE
from scripts.shared.errors import CliError

_SOURCE = [
    *("filename", "thumbnail", "top_synset", "top_score"),
    *("image_analysis.status", "image_analysis.error.reason"),
    *("image_analysis.image.width", "image_analysis.image.height"),
]
_NEWEST_FIRST = [
    {"image_analysis.analyzed_at": {"order": "desc", "unmapped_type": "date"}},
    {"image_analysis.image.sha256": {"order": "asc", "unmapped_type": "keyword"}},
]
_STATUS = "image_analysis.status"
_CLASSES = 1000
_SHOWN_SYNSETS = 12


class NoSynsets(CliError):
    """A photo or document that there are no synsets of; `status` is the HTTP status that fits."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


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
                "status": {"terms": {"field": _STATUS}},
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
        simulated = self._es.ingest.simulate(
            id=PIPELINE,
            docs=[{"_source": {"image": image}}],
            # a photo that failed would come back whole
            filter_path=[f"docs.doc._source.{field}" for field in ("synset", "thumbnail", "image_analysis")],
        )
        source = simulated["docs"][0]["doc"]["_source"]
        analysis = source["image_analysis"]
        if analysis["status"] != "ok":
            raise NoSynsets(503 if analysis["status"] == "pending" else 422, analysis["error"]["reason"])
        return _synsets(source)

    def synsets_of_document(self, id_: str) -> dict[str, Any]:
        """`{"synsets", "thumbnail", "filename"}` of an indexed photo.

        Raises:
            NoSynsets: there is no such document, or it was not analyzed.
        """
        fields = ["synset.*.score", "thumbnail", "filename"]
        try:
            source = self._es.get(index=self._index, id=id_, source_includes=fields)["_source"]
        except NotFoundError:
            raise NoSynsets(404, f"Expected a document with the id {id_}, found none.") from None
        if not source.get("synset"):
            raise NoSynsets(422, "This photo has not been analyzed: nothing is known of what it shows.")
        return {**_synsets(source), "filename": source.get("filename")}

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
        *({"term": {_STATUS: status}} for status in filters.status),
    ]


def _counts(aggregation: dict[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in aggregation["buckets"]}


def _synsets(source: dict[str, Any]) -> dict[str, Any]:
    scores = {name: synset["score"] for name, synset in source["synset"].items()}
    best_first = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    # a list: JSON objects have no order
    return {"synsets": best_first, "thumbnail": source.get("thumbnail")}


def _hit(hit: dict[str, Any]) -> dict[str, Any]:
    source = hit["_source"]
    analysis = source.get("image_analysis", {})
    return {
        "id": hit["_id"],
        "score": hit.get("_score"),
        "filename": source.get("filename"),
        "thumbnail": source.get("thumbnail"),
        "top_synset": source.get("top_synset"),
        "top_score": source.get("top_score"),
        "status": analysis.get("status"),
        "error": analysis.get("error", {}).get("reason"),
        "image": analysis.get("image"),
        "why": [shared.as_dict() for shared in shared_synsets(hit)],
    }
