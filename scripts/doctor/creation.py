"""What an index was created with and can't change any more, against what it would be created with today."""

from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch

from scripts.doctor.finding import Finding
from scripts.doctor.indices import mapped_below
from scripts.shared.assets import EXCLUDE_VECTORS

_COMPONENT = "image-synset"
# static settings that our templates name, by the beginning of their name, and what another value means
_MEANING = {
    "index.sort.": "searches of a large index are slower",
    "index.analysis.": "searches by words find other photos",
}
# from here on vectors are left out of _source as it is read
_LEAVES_VECTORS_OUT = (9, 2)
_SHOWN = 3


def check_creation(es: Elasticsearch, index: str, field: str | None = None) -> Iterator[Finding]:
    """Names settings and mappings fixed at the creation of an index that are not those of today's templates."""
    found = es.options(ignore_status=404).indices.get(
        index=index, flat_settings=True, human=True, features="mappings,settings"
    )
    if "error" in found.body:
        return
    for name, state in sorted(found.body.items()):
        if "synset_vector" not in mapped_below(state["mappings"], field):
            continue  # another check reports it
        today = _today(es, name)
        settings = list(_settings(state["settings"], today["settings"]))
        added, changed = _mappings(state["mappings"].get("properties", {}), today["mappings"].get("properties", {}))
        for setting, meaning in settings:
            fix = f"New indices have it otherwise. To have it too: create a new index, and POST _reindex from {name}."
            yield Finding("index", "warning", f"{name}: {setting} was fixed at its creation: {meaning}", fix)
        if changed:
            found_ = f"{name}: mappings fixed at its creation differ from today's: {_listed(changed)}"
            meaning = "These fields are searched as before; for today's mappings: a new index, and POST _reindex."
            yield Finding("index", "warning", found_, meaning)
        if added:
            found_ = f"{name}: mappings lack fields of today's: {_listed(added)}"
            fix = f"PUT {name}/_mapping with the mappings of the component template {_COMPONENT}; documents get them "
            yield Finding("index", "warning", found_, f"{fix}by image-synset backfill --stale.")


def _today(es: Elasticsearch, index: str) -> dict[str, Any]:
    """Settings, flat, and mappings that the index would get by the templates, or of ours where none fits."""
    simulated = es.indices.simulate_index_template(name=index).body["template"]
    if "synset_vector" in simulated.get("mappings", {}).get("properties", {}):
        return {"settings": _flat(simulated.get("settings", {})), "mappings": simulated["mappings"]}
    found = es.options(ignore_status=404).cluster.get_component_template(name=_COMPONENT).body
    if not found.get("component_templates"):
        return {"settings": {}, "mappings": {}}  # another check reports it
    template = found["component_templates"][0]["component_template"]["template"]
    return {"settings": _flat(template.get("settings", {})), "mappings": template.get("mappings", {})}


def _flat(settings: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Nested settings by their dotted names, as an index has them."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= _flat(value, f"{path}{name}.") if isinstance(value, dict) else {f"{path}{name}": value}
    return flat


def _settings(created: dict[str, Any], today: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Static settings with another value than today's, with what that means."""
    for begin, meaning in _MEANING.items():
        names = {name for name in (*created, *today) if name.startswith(begin)}
        if any(created.get(name) != today.get(name) for name in names):
            yield f"{begin}*", meaning
    version = _numbers(created.get("index.version.created_string", "0"))
    # an older index keeps them by itself
    kept = str(today.get(EXCLUDE_VECTORS)).lower() == "false"
    if kept and version >= _LEAVES_VECTORS_OUT and created.get(EXCLUDE_VECTORS) != "false":
        yield (
            EXCLUDE_VECTORS,
            "a client that reads a document and writes it again, without the pipeline, loses its vectors",
        )


def _mappings(created: dict[str, Any], today: dict[str, Any], path: str = "") -> tuple[list[str], list[str]]:
    """Paths of today's fields that the index lacks, and of those that it maps otherwise."""
    added, changed = [], []
    for name, wanted in today.items():
        place = f"{path}{name}"
        if name not in created:
            added.append(place)
            continue
        mapped = created[name]
        if not _includes(mapped, {key: value for key, value in wanted.items() if key != "properties"}):
            changed.append(place)
        more = _mappings(mapped.get("properties", {}), wanted.get("properties", {}), f"{place}.")
        added, changed = added + more[0], changed + more[1]
    return added, changed


def _includes(mapped: Any, wanted: Any) -> bool:
    """Elasticsearch adds what was left out, and what the first document decides."""
    if isinstance(wanted, dict) and isinstance(mapped, dict):
        return all(key in mapped and _includes(mapped[key], value) for key, value in wanted.items())
    return str(mapped).lower() == str(wanted).lower()


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _numbers(version: str) -> tuple[int, ...]:
    """8.19.13 as numbers; of a range, such as 8.19.9-8.19.16, the first."""
    return tuple(int(part) for part in version.split("-")[0].split(".") if part.isdigit())
