"""Synthetic documents in an index of their own, made once and kept for the next run."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from elasticsearch import Elasticsearch
from rich.progress import Progress

from scripts.bench.synthetic.bulk import merge, send_bulk
from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.documents import documents, fingerprint
from scripts.bench.synthetic.room import check_room
from scripts.shared.assets import ES_CONFIG, index_body, left_out
from scripts.shared.concurrent import Bounds, concurrently

_CHUNK_DOCS = 1000
# after so many documents it is written down that they are there
_PART_DOCS = 100_000
# bulks, and their lines
_AT_ONCE = Bounds(parts=2, weight=2 * 2 * _CHUNK_DOCS)


@dataclass(frozen=True, slots=True)
class SyntheticIndex:
    """An index of the first `docs` documents of a corpus.

    It is merged to one segment per shard, so that every run and every case meets the same index and no merge runs
    while searches are timed. Without `ordered` its documents stay in the order of their numbers, instead of the order
    of the shipped index.
    """

    name: str
    docs: int
    shards: int
    ordered: bool = True

    def ensure(
        self, es: Elasticsearch, corpus: Corpus, fresh: bool, advance: Callable[[int], None] = lambda _: None
    ) -> bool:
        """Make the index unless it is there, whole and of the same corpus; whether documents were added.

        One that was interrupted is continued.

        Raises:
            CliError: Elasticsearch refused a document, or the disk has no room for all.
        """
        written = 0 if fresh else self._written(es, corpus)
        if written == self.docs:
            if es.count(index=self.name)["count"] == self.docs:
                return False
            written = 0
        check_room(es, self.docs - written)
        if written == 0:
            es.indices.delete(index=self.name, ignore_unavailable=True)
            self.create(es, corpus)
        advance(written)
        self._fill(es, corpus, written, advance)
        merge(es, self.name)
        self._write_down(es, corpus, self.docs)
        return True

    def _written(self, es: Elasticsearch, corpus: Corpus) -> int:
        """How many documents an earlier run has written for sure."""
        if not es.indices.exists(index=self.name):
            return 0
        mappings = es.indices.get_mapping(index=self.name)[self.name]["mappings"]
        meta = mappings.get("_meta", {}).get("bench", {})
        written: int = meta.pop("written", 0)
        return written if meta == self._meta(corpus) else 0

    def _meta(self, corpus: Corpus) -> dict[str, Any]:
        return {**asdict(self), "corpus": fingerprint(corpus)}

    def create(self, es: Elasticsearch, corpus: Corpus) -> None:
        """Make it without documents, with refreshing turned off."""
        # the shipped mappings and order as they are, whatever the index is called
        es.indices.create(
            index=self.name,
            settings={**bench_settings(es, self.shards, self.ordered), "translog.durability": "async"},
            mappings={**_mappings(), "_meta": {"bench": self._meta(corpus)}},
        )

    def _fill(self, es: Elasticsearch, corpus: Corpus, written: int, advance: Callable[[int], None]) -> None:
        def index(lines: list[str]) -> list[int]:
            send_bulk(es, self.name, lines)
            return [len(lines) // 2]

        for part in range(written, self.docs, _PART_DOCS):
            end = min(part + _PART_DOCS, self.docs)
            # a document's number is its _id: one that was written before an interruption is written over
            lines = zip(map(_action, range(part, end)), documents(corpus, end, part), strict=True)
            bulks = _chunks(itertools.chain.from_iterable(lines), 2 * _CHUNK_DOCS)
            for indexed in concurrently(index, bulks, len, _AT_ONCE):
                advance(indexed)
            es.indices.flush(index=self.name)
            if end < self.docs:  # it is complete only when it is merged
                self._write_down(es, corpus, end)

    def _write_down(self, es: Elasticsearch, corpus: Corpus, written: int) -> None:
        meta = {"bench": {**self._meta(corpus), "written": written}}
        es.indices.put_mapping(index=self.name, meta=meta)


def kept_index(
    es: Elasticsearch,
    corpus: Corpus,
    prefix: str,
    docs: int,
    shards: int,
    progress: Progress,
    fresh: bool = False,
    ordered: bool = True,
) -> SyntheticIndex:
    """The index that all benchmarks of searches share, made if need be; `prefix` is the user's own --index."""
    name = f"bench-search-{prefix}-{docs}-{shards}"
    index = SyntheticIndex(name if ordered else f"{name}-unordered", docs, shards, ordered)
    task = progress.add_task(f"Indexing into {index.name}", total=docs)
    index.ensure(es, corpus, fresh, partial(progress.advance, task))
    progress.remove_task(task)
    return index


def _action(number: int) -> str:
    return f'{{"index":{{"_id":"{number}"}}}}'


def _chunks(lines: Iterator[str], size: int) -> Iterator[list[str]]:
    while chunk := list(itertools.islice(lines, size)):
        yield chunk


def bench_settings(es: Elasticsearch, shards: int, ordered: bool = True) -> dict[str, Any]:
    """The shipped settings for documents that are analyzed already, without replicas, refreshes and perhaps order."""
    shipped = index_body(left_out(es))["settings"]
    return {
        **{name: value for name, value in shipped.items() if ordered or not name.startswith("sort.")},
        "number_of_shards": shards,
        "number_of_replicas": 0,
        "auto_expand_replicas": False,
        "refresh_interval": -1,
        "default_pipeline": "_none",
    }


def _mappings() -> dict[str, Any]:
    shipped = json.loads((ES_CONFIG / "component_templates" / "image-synset.json").read_text("utf-8"))
    mappings: dict[str, Any] = shipped["template"]["mappings"]
    return mappings
