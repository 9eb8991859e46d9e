"""Bulk clients that write down what they were answered, and the account of what became of every document."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import elasticsearch
from elasticsearch import Elasticsearch

_GROUP = 500

Documents = Mapping[str, dict[str, Any]]


@dataclass
class Account:
    """Ids by what became of them: sent = ok + failed + pending + errors, or `of` fails."""

    ok: dict[str, dict[str, float]] = field(default_factory=dict)  # with the synsets' scores
    failed: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, es: Elasticsearch, index: str, answers: Mapping[str, str]) -> "Account":
        """Look every document up, and hold what is there against what its client was answered."""
        account, unexplained = cls(), {}
        for id_, source in _sources(es, index, list(answers)):
            status = source and source.get("image_analysis", {}).get("status")
            match answers[id_], status:
                case "accepted" | "unknown", "ok":
                    synsets = source["synset"]
                    account.ok[id_] = {name: synset["score"] for name, synset in synsets.items()}
                case "accepted" | "unknown", "failed":
                    account.failed.add(id_)
                case "accepted" | "unknown", "pending":
                    account.pending.add(id_)
                case (("refused" | "unknown"), None) if source is None:
                    account.errors.add(id_)
                case answer:
                    unexplained[id_] = answer
        assert unexplained == {}
        es.indices.refresh(index=index)
        assert es.count(index=index)["count"] == len(answers) - len(account.errors)
        return account

    def __str__(self) -> str:
        return ", ".join(f"{name} {len(ids)}" for name, ids in vars(self).items())


class Clients:
    """`clients` bulk requests at the same time, `bulk` documents in each; nothing is sent again by itself."""

    def __init__(self, es: Elasticsearch, index: str, pipeline: str, clients: int = 4, bulk: int = 25) -> None:
        self._targets = itertools.cycle([es])
        self._index, self._pipeline, self._bulk = index, pipeline, bulk
        self._pool = ThreadPoolExecutor(clients)
        self.answers: dict[str, str] = {}  # id → accepted, refused, or unknown: the whole request broke
        self.reasons: dict[str, str] = {}  # of those refused

    def through(self, nodes: list[Elasticsearch]) -> None:
        """From now on the requests go to these nodes in turn."""
        self._targets = itertools.cycle(nodes)

    def begin(self, documents: Documents) -> set[Future[None]]:
        """Start sending them all."""
        ids = iter(documents)
        requests: set[Future[None]] = set()
        while part := list(itertools.islice(ids, self._bulk)):
            requests.add(self._pool.submit(self._request, next(self._targets), {id_: documents[id_] for id_ in part}))
        return requests

    def close(self) -> None:
        self._pool.shutdown()

    def _request(self, es: Elasticsearch, documents: Documents) -> None:
        operations = [line for id_, document in documents.items() for line in ({"index": {"_id": id_}}, document)]
        try:
            items = es.bulk(index=self._index, pipeline=self._pipeline, operations=operations)["items"]
        except (elasticsearch.TransportError, elasticsearch.ApiError) as error:
            self.answers |= dict.fromkeys(documents, "unknown")
            self.reasons |= dict.fromkeys(documents, str(error))
            return
        for item in items:
            result = item["index"]
            self.answers[result["_id"]] = "accepted" if result["status"] in (200, 201) else "refused"
            if "error" in result:
                self.reasons[result["_id"]] = str(result["error"])


def send(documents: Documents, *clients: Clients, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Send all by each; `meanwhile` is called when the first request has been answered and others are under way."""
    requests = set().union(*(each.begin(documents) for each in clients))
    wait(requests, return_when=FIRST_COMPLETED)
    try:
        meanwhile()
    finally:
        for request in requests:
            request.result()


def _sources(es: Elasticsearch, index: str, ids: list[str]) -> Iterator[tuple[str, Any]]:
    """Each id with its document, None where there is none."""
    for start in range(0, len(ids), _GROUP):
        includes = ["image_analysis", "synset"]
        found = es.mget(index=index, ids=ids[start : start + _GROUP], source_includes=includes)
        for document in found["docs"]:
            assert "error" not in document
            yield document["_id"], document.get("_source")
