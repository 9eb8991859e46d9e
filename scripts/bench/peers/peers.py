"""`image-synset bench peers`: the exact search beside Elasticsearch's own searches of sparse and of dense vectors."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import click
from elasticsearch import Elasticsearch

from scripts.bench.measure import Measured, cluster, interleaved
from scripts.bench.peers.features import Features, Nearest
from scripts.bench.peers.opensearch import BODY, open_opensearch, rank_features
from scripts.bench.peers.peer_index import PeerIndex, peer_index, shipped_body
from scripts.bench.searching.search_cases import SIZE, Synsets, ask, candidates, image_synset
from scripts.bench.synthetic.brute_force import BruteForce
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.documents import documents, filename, number_of
from scripts.bench.synthetic.options import rounds_options, seed_option
from scripts.bench.table import print_rows
from scripts.connection import connect
from scripts.shared.options import as_json, connection_options
from scripts.shared.settings import Settings
from scripts.shared.terminal.progress import progress_bar

_SYNSETS_BULK, _FEATURES_BULK = 1000, 250
# as search-by-features has them, where nothing else is asked for
_CANDIDATES = 100
_OVERSAMPLE = 2

_SYNSETS = ("filename", "synset", "synset_vector", "top_synset", "top_score")
_SPARSE = ("filename", "synset_vector")
_DENSE = ("filename", "features")

Numbers = list[int]


@dataclass(frozen=True, slots=True)
class Row:
    """One way of searching, in an index that holds only what this way needs.

    `docs_per_s` are documents that the server indexed and merged to one segment, with one bulk at a time;
    `bytes_per_doc` are all of the index's, `searched_bytes` those of the searched fields alone, which OpenSearch does
    not say. Milliseconds are wall clock at the client. `recall_at_10` is against NumPy's ten best by the similarity of
    this search: the inner product of synsets, or the cosine of features.
    """

    peer: str
    docs: int
    docs_per_s: float
    bytes_per_doc: float
    searched_bytes: float | None
    p50_ms: float
    p95_ms: float
    recall_at_10: float


def _pruned(synsets: Synsets) -> dict[str, Any]:
    """As Elasticsearch prunes where nothing else is asked for."""
    return {"query": {"sparse_vector": {"field": "synset_vector", "query_vector": synsets, "prune": True}}}


def _hnsw(vector: list[float]) -> dict[str, Any]:
    """As the template search-by-features."""
    nearest = {"field": "features", "query_vector": vector, "k": _CANDIDATES, "num_candidates": _CANDIDATES}
    return {"knn": {**nearest, "rescore_vector": {"oversample": _OVERSAMPLE}}}


def _cosine(vector: list[float]) -> dict[str, Any]:
    """Every document's, without the graph."""
    script = {"source": "cosineSimilarity(params.vector, 'features') + 1.0", "params": {"vector": vector}}
    return {"query": {"script_score": {"query": {"match_all": {}}, "script": script}}}


@click.command()
@click.option(
    "--docs", type=click.IntRange(min=1), default=100_000, show_default=True, help="Documents in each of the indices."
)
@click.option(
    "--dims",
    type=click.IntRange(1, 4096),
    default=1280,
    show_default=True,
    help="Numbers in a photo's features; EfficientNet-Lite0 has 1280, VGG16 4096.",
)
@click.option(
    "--opensearch",
    metavar="URL",
    help="An OpenSearch without security to compare with too, by rank_features.",
)
@rounds_options("Different queries.", warm_up=3)
@seed_option
@as_json
@connection_options
def peers(
    settings: Settings,
    docs: int,
    dims: int,
    opensearch: str | None,
    queries: int,
    warm_up: int,
    rounds: int,
    seed: int,
    as_json: bool,
) -> None:
    """Search the same photos by image_synset, by sparse_vector and by kNN on features.

    sparse_vector rounds weights to 8 bits, and with its default pruning leaves out terms; kNN searches int8 vectors by
    HNSW as shipped, or every vector by a script. Three indices (bench-peers-…) are made with only what each way needs,
    and removed in the end. The features are synthetic: directions of the photo's classes, and noise.

    --opensearch adds a search of rank_features there, which is what its exact neural_sparse query computes.

    \b
    Example:
      image-synset bench peers --docs 10000
    """
    es = connect(settings)
    corpus, features = Corpus(seed), Features(seed, dims)
    asked = corpus.queries(queries)
    vectors = features.of_queries(asked)
    truth = BruteForce(corpus.photos(docs), asked, SIZE)
    nearest = Nearest(vectors, SIZE)
    prefix = f"bench-peers-{settings.index}"
    with ExitStack() as made:
        progress = made.enter_context(progress_bar())

        def index(server: Elasticsearch, name: str, body: dict[str, Any], texts: Iterator[str]) -> PeerIndex:
            task = progress.add_task(f"Indexing into {prefix}-{name}", total=docs)
            bulk = _FEATURES_BULK if name == "features" else _SYNSETS_BULK
            advance = partial(progress.advance, task)
            made_index = peer_index(server, f"{prefix}-{name}", body, texts, bulk, advance, by_field=server is es)
            return made.enter_context(made_index)

        synsets = index(es, "synsets", shipped_body(es, _SYNSETS), _synset_texts(corpus, docs))
        sparse = index(es, "sparse", shipped_body(es, _SPARSE), _sparse_texts(corpus, docs))
        dense = index(es, "features", shipped_body(es, _DENSE), _dense_texts(corpus, features, docs, nearest))
        weights = [asked.synsets(query) for query in range(queries)]
        points = [vector.tolist() for vector in vectors.astype(float).round(7)]
        ways = [
            _Peer("image_synset", es, synsets, list(map(image_synset, weights))),
            _Peer("sparse_vector", es, sparse, list(map(candidates, weights))),
            _Peer("sparse_vector pruned", es, sparse, list(map(_pruned, weights))),
            _Peer("kNN, HNSW", es, dense, list(map(_hnsw, points))),
            _Peer("kNN, every vector", es, dense, list(map(_cosine, points))),
        ]
        where = cluster(es)
        if opensearch:
            other = open_opensearch(opensearch)
            ranked = index(other, "ranked", BODY, _sparse_texts(corpus, docs))
            ways.append(_Peer("OpenSearch", other, ranked, list(map(rank_features, weights))))
            where["opensearch"] = other.info()["version"]["number"]
        task = progress.add_task("Searching", total=(warm_up + rounds) * queries)
        cases = {peer.name: peer.searches() for peer in ways}
        measured = interleaved(cases, queries, warm_up, rounds, partial(progress.advance, task))
        rows = [_row(peer, measured[peer.name], truth, nearest) for peer in ways]
    print_rows("Ways of searching the same photos", Row, rows, where, as_json)


@dataclass(frozen=True, slots=True)
class _Peer:
    """A way of searching, and its queries' bodies."""

    name: str
    es: Elasticsearch
    index: PeerIndex
    queries: list[dict[str, Any]]

    def searches(self) -> Callable[[int], Numbers]:
        common = {"size": SIZE, "track_total_hits": False, "_source": ["filename"]}
        bodies = [json.dumps({**common, **query}).encode() for query in self.queries]

        def search(query: int) -> Numbers:
            hits = ask(self.es, f"/{self.index.name}/_search", bodies[query])["hits"]["hits"]
            return [number_of(hit["_source"]["filename"]) for hit in hits]

        return search


def _synset_texts(corpus: Corpus, docs: int) -> Iterator[str]:
    for text in documents(corpus, docs):
        whole = json.loads(text)
        scores = {name: {"score": synset["score"]} for name, synset in whole["synset"].items()}
        yield json.dumps({**{name: whole[name] for name in _SYNSETS}, "synset": scores})


def _sparse_texts(corpus: Corpus, docs: int) -> Iterator[str]:
    for text in documents(corpus, docs):
        whole = json.loads(text)
        yield json.dumps({name: whole[name] for name in _SPARSE})


def _dense_texts(corpus: Corpus, features: Features, docs: int, nearest: Nearest) -> Iterator[str]:
    """Shows `nearest` the same features on the way: they would not fit into memory all at once."""
    for block in corpus.blocks(docs):
        vectors = features.of_documents(block)
        nearest.add(block.first, vectors)
        for number, vector in enumerate(vectors.astype(float).round(7).tolist(), block.first):
            yield json.dumps({"filename": filename(number), "features": vector})


def _row(peer: _Peer, times: Measured[Numbers], truth: BruteForce, nearest: Nearest) -> Row:
    index = peer.index
    if peer.name.startswith("kNN"):
        recalls = [nearest.recall(query, hits) for query, hits in enumerate(times.answers)]
    else:
        recalls = [truth.overlap(query, [(number, 0.0) for number in hits]) for query, hits in enumerate(times.answers)]
    return Row(
        peer=peer.name,
        docs=index.docs,
        docs_per_s=round(index.docs / index.seconds, 1),
        bytes_per_doc=round(index.bytes_per_doc, 1),
        searched_bytes=None if index.field_bytes_per_doc is None else round(index.field_bytes_per_doc, 1),
        p50_ms=round(times.percentile_ms(50), 2),
        p95_ms=round(times.percentile_ms(95), 2),
        recall_at_10=round(sum(recalls) / len(recalls), 4),
    )
