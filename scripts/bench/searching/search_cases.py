"""The ways of searching that the benchmarks compare, as bodies of search requests."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch

from scripts.bench.synthetic.corpus import Photos
from scripts.bench.synthetic.documents import number_of
from scripts.shared.errors import CliError

SIZE = 10
PAPER = "paper"
PLUGIN_QUERY = "image_synset"
KINDS = "kinds"

STORED_SCRIPT = "synset-inner-product"
_WINDOW = 10 * SIZE
_COMPILE_RATE = "script.max_compilations_rate"
_HEADERS = {"accept": "application/json", "content-type": "application/json"}

Synsets = dict[str, float]
# the documents' numbers and scores
Hits = list[tuple[int, float]]


def body(query: dict[str, Any]) -> dict[str, Any]:
    """What is alike in every request: no counting of all hits, and the fields that the search templates return."""
    return {"size": SIZE, "track_total_hits": False, "_source": ["filename", "top_synset", "top_score"], **query}


def paper(synsets: Synsets) -> dict[str, Any]:
    """The baseline: a script of this query's own, over every document.

    Names and weights stand in its text. That was two to three times faster than one script with parameters, and the
    warm-up has it compiled and cached, so no timed search pays for compiling.
    """
    terms = (
        f"def f{number} = doc[{json.dumps(f'synset.{name}.score')}]; "
        f"if (f{number}.size() > 0) {{ product += {weight!r} * f{number}.value; }}"
        for number, (name, weight) in enumerate(synsets.items())
    )
    source = f"double product = 0; {' '.join(terms)} return product;"
    return {"query": {"script_score": {"query": {"match_all": {}}, "script": {"source": source}}}}


def script_score(synsets: Synsets) -> dict[str, Any]:
    """The stored script over the documents that share a synset."""
    return {"query": {"script_score": {"query": _sparse_vector(synsets), "script": _stored_script(synsets)}}}


def two_phase(synsets: Synsets) -> dict[str, Any]:
    """The best by rounded weights, the first 100 of them scored again by the stored script."""
    rescore_query = {"script_score": {"query": {"match_all": {}}, "script": _stored_script(synsets)}}
    return {
        "query": _sparse_vector(synsets),
        "rescore": {
            "window_size": _WINDOW,
            "query": {"rescore_query": rescore_query, "query_weight": 0, "rescore_query_weight": 1},
        },
    }


def image_synset(synsets: Synsets) -> dict[str, Any]:
    """The plugin's own query."""
    return {"query": {PLUGIN_QUERY: {"synsets": synsets}}}


def kinds(synsets: Synsets) -> dict[str, Any]:
    """The plugin's own query by kinds: hundreds of weights, other scores than the rest."""
    return {"query": {PLUGIN_QUERY: {"synsets": synsets, "similarity": "kinds"}}}


def candidates(synsets: Synsets) -> dict[str, Any]:
    """Rounded weights alone: no exact scores."""
    return {"query": _sparse_vector(synsets)}


CASES: dict[str, Callable[[Synsets], dict[str, Any]]] = {
    PAPER: paper,
    "script_score": script_score,
    "two_phase": two_phase,
    PLUGIN_QUERY: image_synset,
    KINDS: kinds,
    "candidates": candidates,
}


def knows_plugin_query(es: Elasticsearch) -> bool:
    """Whether the connected nodes' plugin has the query `image_synset`."""
    try:
        # a pattern that fits no index: the query is parsed all the same
        es.search(index="no-such-index-*", allow_no_indices=True, **image_synset({"tabby": 1.0}))
    except BadRequestError as error:
        if f"unknown query [{PLUGIN_QUERY}]" in json.dumps(error.body):
            return False
        raise
    return True


def ask(es: Elasticsearch, path: str, request: bytes) -> Any:
    """The answer to one search, whose body is JSON already: nothing but the request itself is timed.

    Raises:
        CliError: a shard failed, or the search timed out.
    """
    answer: Any = es.perform_request("POST", path, headers=_HEADERS, body=request).body
    if answer["timed_out"] or answer["_shards"]["failed"]:
        raise CliError(f"Expected an answer of every shard, found {answer['_shards']}")
    return answer


class Searches:
    """The searches of one case, by their numbers; the bodies are made before anything is timed."""

    def __init__(self, es: Elasticsearch, index: str, case: str, queries: Photos) -> None:
        self._es = es
        self._path = f"/{index}/_search"
        self._bodies = [json.dumps(body(CASES[case](queries.synsets(row)))).encode() for row in range(len(queries))]

    def __call__(self, query: int) -> Hits:
        """The hits, best first."""
        answer = ask(self._es, self._path, self._bodies[query])
        return [(number_of(hit["_source"]["filename"]), hit["_score"]) for hit in answer["hits"]["hits"]]


@contextmanager
def unlimited_compilations(es: Elasticsearch) -> Iterator[None]:
    """Lift the limit on compiling scripts, which the baseline soon meets, and put it back afterward."""
    before = es.cluster.get_settings(flat_settings=True)["persistent"].get(_COMPILE_RATE)
    es.cluster.put_settings(persistent={_COMPILE_RATE: "10000/1m"})
    try:
        yield
    finally:
        es.cluster.put_settings(persistent={_COMPILE_RATE: before})


def _sparse_vector(synsets: Synsets) -> dict[str, Any]:
    return {"sparse_vector": {"field": "synset_vector", "query_vector": synsets, "prune": False}}


def _stored_script(synsets: Synsets) -> dict[str, Any]:
    return {"id": STORED_SCRIPT, "params": {"synsets": synsets}}
