"""`image-synset bench`: measurements of one part at a time, each against the baseline in the same run."""

import click

from scripts.bench.analysis.bulk_steps import bulk_steps
from scripts.bench.analysis.ingest import ingest
from scripts.bench.analysis.sidecar import sidecar
from scripts.bench.peers.peers import peers
from scripts.bench.scaling.scaling import scaling
from scripts.bench.searching.counts import counts
from scripts.bench.searching.gallery import gallery
from scripts.bench.searching.mappings import mappings
from scripts.bench.searching.search import search
from scripts.bench.searching.steps import steps
from scripts.bench.searching.users import users
from scripts.bench.storage.changes import changes
from scripts.bench.storage.cold import cold
from scripts.bench.storage.size import size


@click.group()
def bench() -> None:
    """Measure, and compare with the baseline in the same run."""


bench.add_command(bulk_steps)
bench.add_command(changes)
bench.add_command(cold)
bench.add_command(counts)
bench.add_command(gallery)
bench.add_command(ingest)
bench.add_command(mappings)
bench.add_command(peers)
bench.add_command(scaling)
bench.add_command(search)
bench.add_command(sidecar)
bench.add_command(size)
bench.add_command(steps)
bench.add_command(users)
