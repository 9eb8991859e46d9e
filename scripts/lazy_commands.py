"""Commands that are imported when they are used, and that say what to install where a package is missing."""

import importlib
from collections.abc import Iterator, Mapping, MutableMapping

import click

from scripts.shared.errors import PrerequisiteMissing


class LazyCommands(MutableMapping[str, click.Command]):
    """The commands of a group by name, each from the module that defines it."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        """`modules` has the module of each command, where the command has the same name."""
        self._modules = modules
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            self._loaded[name] = _load(self._modules[name], name)
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._modules = {**self._modules, name: command.__module__}
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        self._modules = {other: module for other, module in self._modules.items() if other != name}
        self._loaded.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


class OrderedGroup(click.Group):
    """A group whose help lists the commands in the order in which they are given."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)


def _load(module: str, name: str) -> click.Command:
    try:
        command: click.Command = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("scripts", "sidecar"):
            raise
        return _missing(name, package)
    return command


def _missing(name: str, package: str) -> click.Command:
    """Stands for a command that can't be imported: shows up in the help, and says what to install."""

    def refuse(**_: object) -> None:
        raise PrerequisiteMissing(
            f"Expected the Python package {package}, which {name} needs, found none: "
            "pip install 'image-synset[sidecar]'."
        )

    arguments = click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)
    return click.Command(
        name,
        callback=refuse,
        params=[arguments],
        help="Not installed: pip install 'image-synset[sidecar]'.",
        context_settings={"ignore_unknown_options": True},
    )
