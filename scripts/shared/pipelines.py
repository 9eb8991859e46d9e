"""How an index's documents are analyzed: which pipeline, and the options of its processor."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from scripts.shared.assets import PIPELINE
from scripts.shared.errors import NotSetUp

PROCESSOR = "image_synset"
# the target_field of 0.1.0 that means the top of the document
_TOP = "synset"
# the default of its option max_field_bytes, and the most that a search by image takes
MAX_FIELD_BYTES = "28mb"
# of an image in so much base64
MAX_IMAGE_BYTES = 28 * 2**20 // 4 * 3
_UNITS = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40}


@dataclass(frozen=True)
class Route:
    """A pipeline, and options of its processor `image_synset`; `removes`: whether images go after success.

    `sidecar` is the name of the sidecars that images go to, None for those without one.
    """

    pipeline: str
    field: str
    features: bool
    removes: bool = True
    sidecar: str | None = None


@dataclass(frozen=True)
class Place:
    """An analysis in a document: the object it is below, or None; the field its image is removed from, or None."""

    target: str | None
    image: str | None


def pipelines_of(es: Elasticsearch, index: str) -> list[str]:
    """The default pipelines of an index, alias or pattern; the shipped one where there is none."""
    return sorted(set(_default_pipelines(es, index).values()) or {PIPELINE})


def _default_pipelines(es: Elasticsearch, index: str) -> dict[str, str]:
    settings = es.indices.get_settings(
        index=index, name="index.default_pipeline", flat_settings=True, ignore_unavailable=True
    )
    found = {name: state["settings"].get("index.default_pipeline", "_none") for name, state in settings.body.items()}
    return {name: PIPELINE if pipeline == "_none" else pipeline for name, pipeline in found.items()}


def by_sidecar(
    es: Elasticsearch, index: str, target: str | None = None, pipeline: str | None = None
) -> dict[str | None, str]:
    """The indices of an alias or pattern by the name of the sidecars that their images below `target` go to.

    None is for the sidecars without a name. Where all go to the same, their index is the alias or pattern itself.

    Raises:
        NotSetUp: a pipeline is missing.
    """
    if pipeline:
        return {_sidecar(es, pipeline, target): index}
    defaults = _default_pipelines(es, index)
    sidecars = {default: _sidecar(es, default, target) for default in set(defaults.values())}
    groups: dict[str | None, list[str]] = {}
    for name, default in defaults.items():
        groups.setdefault(sidecars[default], []).append(name)
    if len(groups) > 1:
        return {sidecar: ",".join(names) for sidecar, names in groups.items()}
    return dict.fromkeys(groups or [None], index)


def _sidecar(es: Elasticsearch, pipeline: str, target: str | None) -> str | None:
    named = [options.get("sidecar") for options in image_processors(es, pipeline) if _target(options) == target]
    return named[0] if named else None


def route_of(es: Elasticsearch, index: str, target: str | None = None) -> Route:
    """By one index's default pipeline, or by the shipped one where it has none."""
    return route_by(es, pipelines_of(es, index)[0], target)


def route_by(es: Elasticsearch, pipeline: str, target: str | None = None) -> Route:
    """By one pipeline's processor that writes below `target`, or at the top of the document.

    Raises:
        NotSetUp: it is missing, or analyzes no images.
    """
    processors = list(image_processors(es, pipeline))
    if not processors:
        raise NotSetUp(
            f"Expected the ingest pipeline {pipeline} to have a processor {PROCESSOR}, found none: name another one "
            "with --pipeline."
        )
    targets = [_target(options) for options in processors]
    if target not in targets:
        wanted = f"the target_field {target}" if target else "no target_field"
        raise NotSetUp(
            f"Expected the ingest pipeline {pipeline} to have a processor {PROCESSOR} with {wanted}, found "
            f"{', '.join(found or 'none' for found in targets)}: name another one with --field or --pipeline."
        )
    options = processors[targets.index(target)]
    return Route(
        pipeline,
        options.get("field", "image"),
        _is_on(options, "features", False),
        _is_on(options, "remove_binary", True),
        options.get("sidecar"),
    )


def places_of(es: Elasticsearch, index: str) -> set[Place]:
    """Where the default pipelines of an index, alias or pattern write analyses.

    Raises:
        NotSetUp: a pipeline is missing.
    """
    return {
        Place(_target(options), str(options.get("field", "image")) if _is_on(options, "remove_binary", True) else None)
        for pipeline in pipelines_of(es, index)
        for options in image_processors(es, pipeline)
    }


def _is_on(options: dict[str, Any], name: str, default: bool) -> bool:
    return str(options.get(name, default)).lower() == "true"


def _target(options: dict[str, Any]) -> str | None:
    target: str = options.get("target_field", _TOP)
    return None if target == _TOP else target


def image_processors(es: Elasticsearch, pipeline: str) -> Iterator[dict[str, Any]]:
    """The options of every processor `image_synset` in a pipeline and in those it calls.

    Of one in a `foreach` the paths are those in the document: `photos.image`, where it goes through `photos`.

    Raises:
        NotSetUp: one of the pipelines is missing.
    """
    called, waiting = {pipeline}, [pipeline]
    while waiting:
        name = waiting.pop()
        found = es.options(ignore_status=404).ingest.get_pipeline(id=name).body.get(name)
        if found is None:
            raise NotSetUp(f"Expected the ingest pipeline {name}, found none: run `image-synset setup`.")
        for processor in found["processors"]:
            for kind, options in processor.items():
                if kind == PROCESSOR:
                    yield options
                elif kind == "foreach" and PROCESSOR in options["processor"]:
                    yield _of_elements(options["field"], options["processor"][PROCESSOR])
                elif kind == "pipeline" and options["name"] not in called and "{{" not in options["name"]:
                    called.add(options["name"])
                    waiting.append(options["name"])


def _of_elements(array: str, options: dict[str, Any]) -> dict[str, Any]:
    paths = {name: options[name] for name in ("field", "target_field") if name in options}
    return {
        **options,
        **{name: re.sub(r"^_ingest\._value(?=\.|$)", lambda _: array, path) for name, path in paths.items()},
    }


def byte_size(text: str) -> int:
    """`28mb` in bytes.

    Raises:
        ValueError: it is not a size.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?b)?", text.strip().lower())
    if match is None:
        raise ValueError(f"expected a size such as 28mb, received {text}")
    return int(float(match[1]) * _UNITS[match[2] or "b"])


def max_image_bytes(es: Elasticsearch, pipeline: str) -> int:
    """Bytes of the largest image file that a pipeline's processors take: 3 bytes of a file are 4 of base64.

    Raises:
        NotSetUp: the pipeline, or one that it calls, is missing.
    """
    texts = [str(options.get("max_field_bytes", MAX_FIELD_BYTES)) for options in image_processors(es, pipeline)]
    return min(map(byte_size, texts or [MAX_FIELD_BYTES])) // 4 * 3
