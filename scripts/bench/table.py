"""The benchmarks' rows as a table that fits into 80 characters."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any, Literal

import click
from rich import box
from rich.console import Console
from rich.table import Table


def print_table(title: str, row_class: type[Any], rows: Iterable[Sequence[str]]) -> None:
    """Print the values of each row's fields, in their order, with the fields' names above, a word a line.

    Fields that are numbers, or numbers or None, stand to the right.
    """
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    for column in fields(row_class):
        justify: Literal["left", "right"] = "left" if column.type is str else "right"
        table.add_column(column.name.replace("_", "\n"), justify=justify, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def print_rows(title: str, row_class: type[Any], rows: Sequence[Any], where: dict[str, Any], as_json: bool) -> None:
    """Print rows of a dataclass as a table, or as JSON with `where` they were measured."""
    if as_json:
        click.echo(json.dumps({"rows": [asdict(row) for row in rows], "machine": where}))
    else:
        print_table(title, row_class, map(as_text, rows))


def as_text(row: Any) -> list[str]:
    """The values of a dataclass's fields, numbers with four digits; None is empty."""
    values = (getattr(row, column.name) for column in fields(row))
    return ["" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value) for value in values]
