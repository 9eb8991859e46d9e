"""Synthetic documents in an index of their own, made once and kept for the next run."""

import itertools
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from elasticsearch import Elasticsearch
from rich.progress import Progress

from scripts.bench.synthetic.corpus import Corpus
from scripts.bench.synthetic.documents import documents, fingerprint
from scripts.bench.synthetic.room import check_room
from scripts.shared.assets import ES_CONFIG, index_body, left_out
from scripts.shared.errors import CliError

_CHUNK_DOCS = 1000
_THREADS = 2
# after so many documents it is written down that they are there
_PART_DOCS = 100_000
_MERGE_SECONDS = 3 * 3600
_BULK_HEADERS = {"accept": "application/json", "content-type": "application/x-ndjson"}


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
        self._finish(es)
        self._write_down(es, corpus, self.docs)
        return True

    def _finish(self, es: Elasticsearch) -> None:
        es.options(request_timeout=_MERGE_SECONDS).indices.forcemerge(index=self.name, max_num_segments=1)
        es.indices.refresh(index=self.name)

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
        settings = index_body(left_out(es))["settings"]
        es.indices.create(
            index=self.name,
            settings={
                **(settings if self.ordered else _without_order(settings)),
                "number_of_shards": self.shards,
                "number_of_replicas": 0,
                "auto_expand_replicas": False,
                "refresh_interval": -1,
                "translog.durability": "async",
                "default_pipeline": "_none",  # these documents are analyzed already
            },
            mappings={**_mappings(), "_meta": {"bench": self._meta(corpus)}},
        )

    def _fill(self, es: Elasticsearch, corpus: Corpus, written: int, advance: Callable[[int], None]) -> None:
        # a document's number is its _id: one that was written before an interruption is written over
        with ThreadPoolExecutor(_THREADS) as threads:
            for part in range(written, self.docs, _PART_DOCS):
                end = min(part + _PART_DOCS, self.docs)
                lines = zip(map(_action, range(part, end)), documents(corpus, end, part), strict=True)
                bulks = _chunks(itertools.chain.from_iterable(lines), 2 * _CHUNK_DOCS)
                for indexed in _lazily(threads, partial(self._bulk, es), bulks):
                    advance(indexed)
                es.indices.flush(index=self.name)
                if end < self.docs:  # it is complete only when it is merged
                    self._write_down(es, corpus, end)

    def _write_down(self, es: Elasticsearch, corpus: Corpus, written: int) -> None:
        meta = {"bench": {**self._meta(corpus), "written": written}}
        es.indices.put_mapping(index=self.name, meta=meta)

    def _bulk(self, es: Elasticsearch, lines: list[str]) -> int:
        """How many documents it held."""
        path, body = f"/{self.name}/_bulk?filter_path=errors,items.*.error", "\n".join([*lines, ""])
        answer: Any = es.perform_request("POST", path, headers=_BULK_HEADERS, body=body).body
        if answer["errors"]:
            refused = next(item for item in answer["items"] if item)
            raise CliError(f"Expected Elasticsearch to take every synthetic document, it refused one: {refused}")
        return len(lines) // 2


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


def _lazily(threads: ThreadPoolExecutor, send: Callable[[list[str]], int], bulks: Iterator[list[str]]) -> Iterator[int]:
    """What `send` answers of each bulk, in order; as many are made as the threads need, and one more."""
    waiting = [threads.submit(send, bulk) for bulk in itertools.islice(bulks, _THREADS + 1)]
    while waiting:
        yield waiting.pop(0).result()
        waiting += [threads.submit(send, bulk) for bulk in itertools.islice(bulks, 1)]


def _without_order(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if not name.removeprefix("index.").startswith("sort.")}


def _mappings() -> dict[str, Any]:
    shipped = json.loads((ES_CONFIG / "component_templates" / "image-synset.json").read_text("utf-8"))
    mappings: dict[str, Any] = shipped["template"]["mappings"]
    return mappings
