"""docker-compose.yml and docker-compose.cluster.yml as Compose reads them, as far as ours use it."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.conftest import ROOT

FILES = ("docker-compose.yml", "docker-compose.cluster.yml")
VARIABLE = re.compile(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}")

Service = dict[str, Any]


class Reset:
    """What `!reset` stands for: the value of the file before is gone."""


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_constructor("!reset", lambda loader, node: Reset())


class RequiredVariable(Exception):
    """A variable that a file can't do without is not set."""


def example() -> dict[str, str]:
    """The variables of .env.example."""
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def filled_in() -> dict[str, str]:
    """.env.example as one who follows it fills it in."""
    return {name: value or f"{name.lower().replace('_', '')}01234567890123456789" for name, value in example().items()}


def interpolated(text: str, variables: Mapping[str, str]) -> str:
    """As Compose does it: `${X}`, `${X:-default}`, `${X:?message}` and `$$`."""

    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if variables.get(name):
            return variables[name]
        if kind == ":-":
            return rest or ""
        raise RequiredVariable(f"{name}: {rest}")

    return VARIABLE.sub(value, text).replace("$$", "$")


def load(name: str, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One file."""
    text = (ROOT / name).read_text("utf-8")
    loaded: dict[str, Any] = yaml.load(interpolated(text, variables or filled_in()), _Loader)
    return loaded


def services(name: str) -> dict[str, Service]:
    """The services of `docker compose -f docker-compose.yml [-f docker-compose.cluster.yml]`."""
    base = load(FILES[0])["services"]
    if name == FILES[0]:
        return dict(base)
    merged = dict(base)
    for service, over in load(name)["services"].items():
        extended = over.pop("extends", None)
        merged[service] = _merge(base[extended["service"]] if extended else base.get(service, {}), over)
    return merged


def _merge(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        merged = {**below, **{key: _merge(below.get(key), value) for key, value in above.items()}}
        return {key: value for key, value in merged.items() if not isinstance(value, Reset)}
    if isinstance(below, list) and isinstance(above, list):
        # a volume's second part is where it appears, and the later file has its say
        over = {str(item).split(":")[1] for item in above if ":" in str(item)}
        return [item for item in below if ":" not in str(item) or str(item).split(":")[1] not in over] + above
    return above
