"""A small server in Elasticsearch's place, and the client of it."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from tests.scripts.elasticsearch_server import FakeElasticsearch, fake_elasticsearch


@pytest.fixture
def fake() -> Iterator[FakeElasticsearch]:
    with fake_elasticsearch() as fake:
        yield fake


@pytest.fixture
def fake_es(fake: FakeElasticsearch) -> Iterator[Elasticsearch]:
    with Elasticsearch(fake.url, max_retries=0) as client:
        yield client
