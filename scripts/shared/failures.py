"""Lists what went wrong, the same reason once."""

from collections.abc import Iterable

import click

_SHOWN_NAMES = 10


def print_reasons(failures: Iterable[tuple[str, str]]) -> None:
    """Print (name, reason) pairs on standard error, grouped by reason."""
    names_by_reason: dict[str, list[str]] = {}
    for name, reason in failures:
        names_by_reason.setdefault(reason, []).append(name)
    for reason, names in names_by_reason.items():
        more = f" and {len(names) - _SHOWN_NAMES} more (--json lists all)" if len(names) > _SHOWN_NAMES else ""
        click.echo(f"  {', '.join(names[:_SHOWN_NAMES])}{more}: {reason}", err=True)
