"""Options that the benchmarks of one synthetic index share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

docs_option = click.option(
    "--docs", type=click.IntRange(min=1), default=1_000_000, show_default=True, help="Documents in the index."
)
many_docs_option = click.option(
    "--docs",
    type=click.IntRange(min=1),
    multiple=True,
    default=(10_000, 100_000, 1_000_000),
    show_default=True,
    help="Documents in the index; may be repeated.",
)
shards_option = click.option(
    "--shards", type=click.IntRange(min=1), default=1, show_default=True, help="Shards of the index."
)
seed_option = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=2017,
    show_default=True,
    help="Random seed of the documents and queries.",
)


def rounds_options(queries: str, warm_up: int) -> Callable[[F], F]:
    """How many queries, described by `queries`, and how often all of them run; `warm_up` is the default."""
    options = (
        click.option("--queries", type=click.IntRange(min=1), default=100, show_default=True, help=queries),
        click.option(
            "--warm-up",
            type=click.IntRange(min=0),
            default=warm_up,
            show_default=True,
            help="Rounds before, not timed.",
        ),
        click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Timed rounds."),
    )

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add
