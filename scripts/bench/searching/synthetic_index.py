"""Synthetic documents in an index of their own, made once and kept for the next run."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from elasticsearch import Elasticsearch, helpers
from rich.progress import Progress

from scripts.bench.searching.corpus import Corpus, documents
from scripts.shared.assets import ES_CONFIG, index_body, left_out
from scripts.shared.errors import CliError

_CHUNK_DOCS = 2000
_THREADS = 2
_MERGE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class SyntheticIndex:
    """An index of the first `docs` documents of a corpus.

    It is merged to one segment per shard, so that every run and every case meets the same index and no merge runs
    while searches are timed.
    """

    name: str
    docs: int
    shards: int

    def ensure(
        self, es: Elasticsearch, corpus: Corpus, fresh: bool, advance: Callable[[int], None] = lambda _: None
    ) -> bool:
        """Make the index unless it is there, whole and of the same corpus; whether it was made.

        Raises:
            CliError: Elasticsearch refused a document.
        """
        if not fresh and self._is_kept(es, corpus):
            return False
        es.indices.delete(index=self.name, ignore_unavailable=True)
        self.create(es, corpus)
        self._fill(es, corpus, advance)
        es.options(request_timeout=_MERGE_SECONDS).indices.forcemerge(index=self.name, max_num_segments=1)
        es.indices.refresh(index=self.name)
        return True

    def _is_kept(self, es: Elasticsearch, corpus: Corpus) -> bool:
        if not es.indices.exists(index=self.name):
            return False
        mappings = es.indices.get_mapping(index=self.name)[self.name]["mappings"]
        if mappings.get("_meta", {}).get("bench") != self._meta(corpus):
            return False
        count: int = es.count(index=self.name)["count"]
        return count == self.docs

    def _meta(self, corpus: Corpus) -> dict[str, int | str]:
        return {"docs": self.docs, "shards": self.shards, "corpus": corpus.fingerprint()}

    def create(self, es: Elasticsearch, corpus: Corpus) -> None:
        """Make it without documents, with refreshing turned off."""
        # the shipped mappings and order as they are, whatever the index is called
        es.indices.create(
            index=self.name,
            settings={
                **index_body(left_out(es))["settings"],
                "number_of_shards": self.shards,
                "number_of_replicas": 0,
                "auto_expand_replicas": False,
                "refresh_interval": -1,
                "default_pipeline": "_none",  # these documents are analyzed already
            },
            mappings={**_mappings(), "_meta": {"bench": self._meta(corpus)}},
        )

    def _fill(self, es: Elasticsearch, corpus: Corpus, advance: Callable[[int], None]) -> None:
        results = helpers.parallel_bulk(
            es,
            documents(corpus, self.docs),
            index=self.name,
            thread_count=_THREADS,
            chunk_size=_CHUNK_DOCS,
            raise_on_error=False,
        )
        for ok, item in results:
            if not ok:
                raise CliError(f"Expected Elasticsearch to take every synthetic document, it refused one: {item}")
            advance(1)


def kept_index(
    es: Elasticsearch, corpus: Corpus, prefix: str, docs: int, shards: int, progress: Progress, fresh: bool = False
) -> SyntheticIndex:
    """The index that all benchmarks of searches share, made if need be; `prefix` is the user's own --index."""
    index = SyntheticIndex(f"bench-search-{prefix}-{docs}-{shards}", docs, shards)
    task = progress.add_task(f"Indexing into {index.name}", total=docs)
    index.ensure(es, corpus, fresh, partial(progress.advance, task))
    progress.remove_task(task)
    return index


def _mappings() -> dict[str, Any]:
    shipped = json.loads((ES_CONFIG / "component_templates" / "image-synset.json").read_text("utf-8"))
    mappings: dict[str, Any] = shipped["template"]["mappings"]
    return mappings
