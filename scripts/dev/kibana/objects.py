"""Make es_config/kibana/image-synset.ndjson, which Kibana imports, from es_config/kibana/<type>/<id>.json.

The sources are Kibana's saved objects, with what Kibana keeps as text written as JSON, and with filters that name
hypernyms: `"query": {"under": ["dog"]}`.

Run:    python -m scripts.dev.kibana.objects [--check]
`--check` writes nothing and exits 1 when the file differs from what would be written. Faults exit 1 either way.
"""

import argparse
import copy
import json
import sys
from pathlib import Path
from typing import Any

from scripts.dev.kibana.checks import problems
from scripts.dev.kibana.fields import index_fields, index_patterns
from scripts.dev.kibana.hypernyms import kql_filters
from scripts.dev.kibana.texts import compact, encode
from scripts.shared.assets import KIBANA_OBJECTS
from sidecar.synsets.index import synset_index

SOURCES = KIBANA_OBJECTS.parent


class BadSource(ValueError):
    """A source file can't be built; the message names it."""


def build(sources: Path = SOURCES) -> list[dict[str, Any]]:
    """The objects as Kibana imports them, ordered by type and id.

    Raises:
        BadSource: a file is not a JSON object, its folder or name is not its type and id, or a hypernym is unknown.
    """
    return [_built(path) for path in sorted(sources.glob("*/*.json"))]


def ndjson(objects: list[dict[str, Any]]) -> str:
    """One object a line."""
    return "".join(compact(object_) + "\n" for object_ in objects)


def _built(path: Path) -> dict[str, Any]:
    name = f"{path.parent.name}/{path.name}"
    try:
        source = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BadSource(f"{name}: expected JSON ({error})") from None
    if not isinstance(source, dict):
        raise BadSource(f"{name}: expected a JSON object")
    if (source.get("type"), source.get("id")) != (path.parent.name, path.stem):
        raise BadSource(
            f"{name}: expected its folder and name as type and id, found {source.get('type')}/{source.get('id')}"
        )
    try:
        return encode(_without_hypernyms(source))
    except ValueError as error:
        raise BadSource(f"{name}: {error}") from None


def _without_hypernyms(node: Any) -> Any:
    """A copy in which filters that name hypernyms name the classes under them."""
    if isinstance(node, list):
        return [_without_hypernyms(item) for item in node]
    if not isinstance(node, dict):
        return node
    copied = {key: _without_hypernyms(value) for key, value in node.items() if key != "filters"}
    if "filters" in node:
        copied["filters"] = filters = copy.deepcopy(node["filters"])
        queries = [filter_.get("input", {}) for filter_ in filters]
        queries = [query for query in queries if isinstance(query.get("query"), dict)]
        groups = [query["query"].get("under", []) for query in queries]
        for query, kql in zip(queries, kql_filters(synset_index(), groups), strict=True):
            query["query"] = kql
    return {key: copied[key] for key in node}


def write(sources: Path = SOURCES, *, check: bool) -> str | None:
    """Write the file beside its sources, or only compare it; returns what is wrong."""
    target = sources / KIBANA_OBJECTS.name
    try:
        objects = build(sources)
    except BadSource as error:
        return str(error)
    if found := problems(objects, index_fields(), index_patterns()):
        return "\n".join(found)
    if not check:
        target.write_text(ndjson(objects), "utf-8")
    elif not target.is_file() or ndjson(objects) != target.read_text("utf-8"):
        return f"{target.name} differs from its sources: run python -m scripts.dev.kibana.objects"
    return None


def main() -> None:
    """Write the file, or compare it with `--check`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    sys.exit(write(check=parser.parse_args().check))


if __name__ == "__main__":
    main()
