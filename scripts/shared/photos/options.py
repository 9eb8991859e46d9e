"""The options of commands that read folders of photos."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import click

from scripts.shared.photos import Choice

P = ParamSpec("P")
R = TypeVar("R")

_PHOTO_OPTIONS = (
    click.option(
        "--exclude",
        metavar="PATTERN",
        multiple=True,
        help="Leave out files and folders of this name, or path below the folder, such as Screenshots or '*.gif'; "
        "may be repeated.",
    ),
    click.option("--follow-links", is_flag=True, help="Also read what links out of the folder lead to."),
)


def photo_options(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options for looking through folders; the command gets them as its argument `choice`."""

    @functools.wraps(command)
    def with_choice(*arguments: Any, exclude: tuple[str, ...], follow_links: bool, **others: Any) -> R:
        return command(*arguments, choice=Choice(exclude, follow_links), **others)

    for option in reversed(_PHOTO_OPTIONS):
        with_choice = option(with_choice)
    return with_choice
