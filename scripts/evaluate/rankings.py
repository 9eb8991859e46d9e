"""Rankings to compare: each answers with the ids of documents, best first."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.document import ANALYSIS, Document

K = 10

# Elasticsearch's own limit for one page (index.max_result_window)
_ALL = 10_000
_GROUP = 256

Ranking = Callable[[str], list[str]]


class Rankings:
    """Searches in one index whose photos are known by their ids."""

    def __init__(self, es: Elasticsearch, index: str) -> None:
        self._es = es
        self.index = index
        self._documents: dict[str, Document] = {}

    def read(self, ids: Iterable[str]) -> dict[str, Document]:
        """Those of the documents that were analyzed; they can be searched with from now on."""
        wanted = list(ids)
        fields = ["synset.*.score", ANALYSIS]
        for start in range(0, len(wanted), _GROUP):
            found = self._es.mget(index=self.index, ids=wanted[start : start + _GROUP], source_includes=fields)
            for document in found["docs"]:
                read = Document.read(document.get("_source", {}))
                if read.analysis.ok:
                    self._documents[document["_id"]] = read
        return self._documents

    def by_photo(self) -> dict[str, Ranking]:
        """The first ten documents like a photo, itself left out; by deep features where all documents have them."""
        rankings: dict[str, Ranking] = {
            "kinds": partial(self._similar, "kinds"),
            "inner product": partial(self._similar, "inner_product"),
            "cosine": partial(self._similar, "cosine"),
            "BM25 on words": self._bm25,
        }
        if all(document.analysis.has_features for document in self._documents.values()):
            rankings["deep features"] = self._deep_features
        return rankings

    def by_words(self) -> dict[str, Ranking]:
        """All documents for words, as far as they are found and no more than 10,000."""
        return {"concepts": self._concepts, "BM25 on words": self._text}

    def scores(self, words: str) -> dict[str, float]:
        """Every photo that the words find, weak matches too, with its score."""
        query = {"image_synset": {"words": words}}
        found = self._search({"bool": {"must": query, "filter": self._own}}, _ALL)
        return {hit["_id"]: hit["_score"] for hit in found}

    def shown(self, words: str) -> frozenset[str]:
        """The photos that a search for the words shows by default."""
        params = {"words": words, "size": _ALL, "source": False, "filter": self._own}
        return frozenset(_ids(self._es.search_template(index=self.index, id="search-by-keyword", params=params)))

    @property
    def _own(self) -> dict[str, Any]:
        """In an index that is there already, other photos than the folder's don't count."""
        return {"ids": {"values": list(self._documents)}}

    def _similar(self, similarity: str, id_: str) -> list[str]:
        query = {"image_synset": {"synsets": self._documents[id_].synsets, "similarity": similarity}}
        return self._like(id_, query)

    def _bm25(self, id_: str) -> list[str]:
        return self._like(id_, _match(" ".join(self._documents[id_].synsets)))

    def _deep_features(self, id_: str) -> list[str]:
        # Elasticsearch leaves vectors out of _source, and gives them when asked for
        found = self._es.search(
            index=self.index, query={"ids": {"values": [id_]}}, source=False, fields=[{"field": "features"}]
        )
        params = {
            "features": found["hits"]["hits"][0]["fields"]["features"],
            "filter": self._others(id_),
            "size": K,
            "source": ["filename"],
        }
        return _ids(self._es.search_template(index=self.index, id="search-by-features", params=params))

    def _concepts(self, words: str) -> list[str]:
        return list(self.scores(words))

    def _text(self, words: str) -> list[str]:
        return [hit["_id"] for hit in self._search({"bool": {"must": _match(words), "filter": self._own}}, _ALL)]

    def _like(self, id_: str, query: dict[str, Any]) -> list[str]:
        return [hit["_id"] for hit in self._search({"bool": {"must": query, "filter": self._others(id_)}}, K)]

    def _others(self, id_: str) -> dict[str, Any]:
        return {"bool": {"filter": self._own, "must_not": {"ids": {"values": [id_]}}}}

    def _search(self, query: dict[str, Any], size: int) -> list[dict[str, Any]]:
        hits: list[dict[str, Any]] = self._es.search(index=self.index, query=query, size=size, source=False)["hits"][
            "hits"
        ]
        return hits


def _match(words: str) -> dict[str, Any]:
    return {"match": {"synset_names.words": words}}


def _ids(response: Any) -> list[str]:
    return [hit["_id"] for hit in response["hits"]["hits"]]
