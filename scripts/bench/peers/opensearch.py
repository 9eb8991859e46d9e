"""OpenSearch, by Elasticsearch's own client: so that what is timed at the client is the same for both."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from elastic_transport import HttpHeaders, TransportApiResponse
from elastic_transport.client_utils import DEFAULT, DefaultType
from elasticsearch import Elasticsearch

from scripts.shared.client import PlainTransport

BODY: dict[str, Any] = {
    "settings": {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": -1},
    "mappings": {"properties": {"filename": {"type": "keyword"}, "synset_vector": {"type": "rank_features"}}},
}


class _Transport(PlainTransport):
    """Answers as if Elasticsearch did: its client refuses other servers, though these requests are alike in both."""

    def perform_request(
        self, method: str, target: str, *, headers: Mapping[str, Any] | DefaultType = DEFAULT, **options: Any
    ) -> TransportApiResponse:
        answer = super().perform_request(method, target, headers=headers, **options)
        named = HttpHeaders({**answer.meta.headers, "x-elastic-product": "Elasticsearch"})
        return TransportApiResponse(replace(answer.meta, headers=named), answer.body)


def open_opensearch(url: str) -> Elasticsearch:
    """A client for one node without security."""
    return Elasticsearch(url, transport_class=_Transport, request_timeout=300)


def rank_features(synsets: dict[str, float]) -> dict[str, Any]:
    """The sum of products with the rounded weights, which is also what OpenSearch's exact neural_sparse computes."""
    products = [
        {"rank_feature": {"field": f"synset_vector.{name}", "boost": weight, "linear": {}}}
        for name, weight in synsets.items()
    ]
    return {"query": {"bool": {"should": products}}}
