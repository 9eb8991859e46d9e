"""Whether the disk has room for synthetic documents, and how long it takes to index them, said before it starts."""

import click
from elasticsearch import Elasticsearch

from scripts.shared.errors import CliError

# of an index merged to one segment; see docs/performance.md
_DOCUMENT_BYTES = 1700
# merging writes the whole index once more before the old segments are removed
_MERGING = 2.2
# on two CPUs, which Elasticsearch and this command share; the merge included
_DOCS_PER_SECOND = 4000
_WORTH_SAYING = 100_000


def check_room(es: Elasticsearch, docs: int) -> None:
    """Say what so many more documents need, if they are many.

    Raises:
        CliError: no node's disk has room for them.
    """
    if docs < _WORTH_SAYING:
        return
    needed = docs * _DOCUMENT_BYTES * _MERGING
    nodes = es.nodes.stats(metric="fs")["nodes"].values()
    free = max(node["fs"]["total"]["available_in_bytes"] for node in nodes)
    if free < needed:
        raise CliError(
            f"Expected {_gb(needed)} of free disk for {docs:,} documents, found {_gb(free)}. "
            "Make room, or ask for fewer --docs."
        )
    click.echo(
        f"Indexing {docs:,} documents takes some {_gb(docs * _DOCUMENT_BYTES)} of disk ({_gb(needed)} while they are "
        f"merged; free: {_gb(free)}) and about {max(docs // _DOCS_PER_SECOND // 60, 1)} minutes on two CPUs. "
        "If it is interrupted, the next run continues it.",
        err=True,
    )


def _gb(number: float) -> str:
    return f"{number / 1e9:.1f} GB"
