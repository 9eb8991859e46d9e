"""A thousand queries among a hundred thousand documents: never a better hit missed, never a wrong score."""

import pytest
from elasticsearch import Elasticsearch

from scripts.bench.searching import search_cases
from scripts.bench.synthetic.brute_force import BruteForce
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.documents import number_of
from scripts.bench.synthetic.index import SyntheticIndex

DOCS, QUERIES = 100_000, 1000


@pytest.mark.long
@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize("case", [search_cases.PLUGIN_QUERY, search_cases.KINDS])
def test_top_ten_are_numpys(es: Elasticsearch, shards: int, case: str) -> None:
    corpus = Corpus(seed=2017)
    index = SyntheticIndex(f"image-synset-thousand-{shards}", DOCS, shards)
    index.ensure(es, corpus, fresh=True)
    try:
        queries = corpus.queries(QUERIES)
        truth = BruteForce(corpus.photos(DOCS), queries, 10, kinds=case == search_cases.KINDS)
        for number in range(QUERIES):
            body = search_cases.CASES[case](queries.synsets(number))
            found = es.search(index=index.name, body=body)["hits"]["hits"]
            hits = [(number_of(hit["_source"]["filename"]), hit["_score"]) for hit in found]
            assert truth.overlap(number, hits) == 1
            assert truth.score_error(number, hits) < 1e-6
    finally:
        es.indices.delete(index=index.name)
