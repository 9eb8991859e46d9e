"""The index (or several): what its documents are, by which model, and whether it can take more."""

import json
from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch

from scripts.doctor.finding import Finding, backfill
from scripts.doctor.sidecars import Sidecars
from scripts.shared.document import ANALYSIS, STATUS, below, inside_array, object_or_array
from scripts.shared.pipelines import by_sidecar
from scripts.shared.simulate import analysis_now

# Elasticsearch's own, where the index names none
_DEFAULT_FIELDS = 1000
_FIELDS_LEFT = 0.1
_MODEL = ("name", "version", "weights_sha256")
# the aggregation of an array's photos
_PHOTOS = "photos"


def check_mappings(es: Elasticsearch, index: str, field: str | None) -> Iterator[Finding]:
    """The component template's mappings are in, there is room for more fields, and nothing forbids writing."""
    found = es.options(ignore_status=404).indices.get(index=index, flat_settings=True, features="mappings,settings")
    if "error" in found.body or not found.body:
        yield Finding(
            "index", "warning", f"no index {index} yet", "image-synset index FOLDER, or name another --index."
        )
        return
    for name, state in sorted(found.body.items()):
        if not _takes_photos(state["mappings"], field):
            fix = "Compose the component template image-synset into its index template and _reindex (docs/recipes.md)."
            if field:
                fix = (
                    f"image-synset setup --target {field} (an array: --nested {field}), and _reindex into a new index."
                )
            where = f" below {field}" if field else ""
            yield Finding("index", "error", f"{name} lacks the mappings of image-synset{where}", fix)
            continue
        blocked = [key for key, value in state["settings"].items() if _is_write_block(key) and value == "true"]
        if blocked:
            fix = f"Free disk space if it is full, then PUT {name}/_settings with {blocked[0]}: null."
            yield Finding("index", "error", f"{name} takes no documents: {', '.join(blocked)}", fix)
        limit = int(state["settings"].get("index.mapping.total_fields.limit", _DEFAULT_FIELDS))
        used = _count(state["mappings"])
        if used > limit * (1 - _FIELDS_LEFT):
            fix = f"PUT {name}/_settings with a larger index.mapping.total_fields.limit, or map fewer fields."
            yield Finding("index", "warning", f"{name} has {used} of {limit} fields", fix)
        else:
            yield Finding("index", "ok", f"{name} has {used} of {limit} fields")


def check_documents(es: Elasticsearch, index: str, sidecars: Sidecars, field: str | None) -> Iterator[Finding]:
    """How many are pending, failed, never analyzed, or of another model than the sidecars' now.

    In an array (mapped as nested) the photos are counted, not the documents. Indices without the mappings, which
    `check_mappings` names, are left out: nothing can be done about their documents before that.
    """
    mappings = {
        name: state["mappings"] for name, state in es.indices.get_mapping(index=index, ignore_unavailable=True).items()
    }
    mapped = [name for name, mapping in mappings.items() if _takes_photos(mapping, field)]
    if not mapped:
        return
    aggregations: dict[str, Any] = {
        "status": {"terms": {"field": below(field, STATUS), "missing": "none"}},
        "model": {
            "composite": {
                "size": 100,
                "sources": [{key: {"terms": {"field": below(field, f"{ANALYSIS}.model.{key}")}}} for key in _MODEL],
            }
        },
    }
    array = field if any(_is_array(mapping, field) for mapping in mappings.values()) else None
    if array:
        aggregations = {_PHOTOS: {"nested": {"path": array}, "aggregations": aggregations}}
    answer = es.search(
        index=index,
        query={"terms": {"_index": mapped}},
        size=0,
        track_total_hits=True,
        aggregations=aggregations,
        ignore_unavailable=True,
    )
    if "aggregations" not in answer:
        return
    found_of = answer["aggregations"][_PHOTOS] if array else answer["aggregations"]
    counts = {bucket["key"]: bucket["doc_count"] for bucket in found_of["status"]["buckets"]}
    yield from _statuses(index, field, counts, array)
    models = [
        (" ".join((key["name"], key["version"], f"({key['weights_sha256'][:8]})")), bucket["doc_count"], key)
        for bucket in found_of["model"]["buckets"]
        for key in [bucket["key"]]
    ]
    served = sidecars.served
    stale = [(shown, count) for shown, count, key in models if served and key not in served]
    found = ", ".join(f"{count} by {shown}" for shown, count, _ in models)
    fix = backfill(index, field, "--stale --from FOLDER")
    if len(models) > 1 or stale:
        yield Finding("documents", "warning", f"{index}: not all were analyzed by the current model: {found}", fix)
    elif models:
        yield Finding("documents", "ok", f"{index}: {found}")


def check_schema(es: Elasticsearch, index: str, field: str | None) -> Iterator[Finding]:
    """Names how many documents an older (or newer) plugin wrote in another shape than today's; nothing where none."""
    names = by_sidecar(es, index, field)
    shapes = [analysis_now(es, features=False, sidecar=name).schema_version for name in names]
    now = max((shape for shape in shapes if shape is not None), default=None)
    if now is None:  # the sidecar is unavailable, or the plugin itself is old: other checks tell
        return
    analyzed = {"term": {below(field, STATUS): "ok"}}
    same = {"term": {below(field, f"{ANALYSIS}.schema_version"): now}}
    query = object_or_array(field, {"bool": {"filter": analyzed, "must_not": same}})
    count = es.count(index=index, query=query, ignore_unavailable=True)["count"]
    if count:
        found = f"{index}: {count} written by a plugin with another schema_version than the current {now}"
        again = backfill(index, field, "--stale --from FOLDER")
        fix = f"They are searched as before. To bring them up to date: {again}"
        yield Finding("documents", "warning", found, fix)


def mapped_below(mappings: dict[str, Any], field: str | None) -> dict[str, Any]:
    """The properties of a mapping, or those of the object at a path in it; nothing where it is not there."""
    for name in field.split(".") if field else []:
        mappings = mappings.get("properties", {}).get(name, {})
    found: dict[str, Any] = mappings.get("properties", {})
    return found


def _takes_photos(mapping: dict[str, Any], field: str | None) -> bool:
    """Whether the component template's fields are there."""
    return "synset_vector" in mapped_below(mapping, field)


def _is_array(mapping: dict[str, Any], field: str | None) -> bool:
    """Whether an index maps the field as nested."""
    if field is None:
        return False
    parent, _, name = field.rpartition(".")
    found: dict[str, Any] = mapped_below(mapping, parent).get(name, {})
    return found.get("type") == "nested"


def _statuses(index: str, field: str | None, counts: dict[str, int], array: str | None) -> Iterator[Finding]:
    query: dict[str, Any] = {"bool": {"must_not": {"exists": {"field": below(field, STATUS)}}}}
    unprocessed = f"'{json.dumps(inside_array(array, query) if array else query)}'"
    for status, problem, fix in (
        ("pending", "wait for the sidecar", backfill(index, field)),
        (
            "failed",
            "have an image that can't be analyzed: image_analysis.error says why",
            "Send another image under the same _id or delete the document; after limits changed: "
            f"{backfill(index, field, '--failed')}",
        ),
        ("none", "were never analyzed", f"{backfill(index, field)} --query {unprocessed}"),
    ):
        if counts.get(status):
            yield Finding("documents", "warning", f"{index}: {counts[status]} {problem}", fix)


def _is_write_block(key: str) -> bool:
    return key in ("index.blocks.read_only", "index.blocks.read_only_allow_delete", "index.blocks.write")


def _count(mapping: dict[str, Any]) -> int:
    """Fields as Elasticsearch counts them: objects, fields and their subfields."""
    fields = [*mapping.get("properties", {}).values(), *mapping.get("fields", {}).values()]
    return len(fields) + len(mapping.get("runtime", {})) + sum(_count(field) for field in fields)
