"""A copy of an index to change, made of hard links, which is gone afterward."""

from collections.abc import Iterator
from contextlib import contextmanager

from elasticsearch import Elasticsearch

_SECONDS = 600


@contextmanager
def cloned(es: Elasticsearch, index: str) -> Iterator[str]:
    """The name of the copy. For the moment in which it is made the index takes no documents."""
    name = f"{index}-changed"
    patient = es.options(request_timeout=_SECONDS)
    patient.indices.delete(index=name, ignore_unavailable=True)  # of a run that was killed
    try:
        patient.indices.put_settings(index=index, settings={"index.blocks.write": True})
        try:
            settings = {"index.blocks.write": None, "index.number_of_replicas": 0}
            patient.indices.clone(index=index, target=name, settings=settings)
        finally:
            patient.indices.put_settings(index=index, settings={"index.blocks.write": None})
        patient.cluster.health(index=name, wait_for_status="green", timeout=f"{_SECONDS}s")
        yield name
    finally:
        patient.indices.delete(index=name, ignore_unavailable=True)
