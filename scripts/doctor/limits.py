"""What Elasticsearch may send, against what the sidecars take: more would be refused, however often it is tried."""

from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch

from scripts.doctor.finding import Finding
from scripts.doctor.sidecars import Reached, Sidecars
from scripts.shared.pipelines import MAX_FIELD_BYTES, byte_size, image_processors

_PREFIX = "ingest.image_synset."
# data URLs and line breaks: the default of max_field_bytes has as much
_SLACK = 1.1


def check_limits(es: Elasticsearch, sidecars: Sidecars, pipelines: list[str]) -> Iterator[Finding]:
    """For every sidecar that answers, the node's settings and the pipelines' options."""
    settings = es.cluster.get_settings(flat_settings=True, include_defaults=True)
    effective = {**settings["defaults"], **settings["persistent"], **settings["transient"]}
    options = [(name, option) for name in pipelines for option in image_processors(es, name)]
    known = [sidecar for sidecar in sidecars.reached if sidecar.answer["ok"] and sidecar.answer.get("limits")]
    wrong = [finding for sidecar in known for finding in (*_batches(sidecar, effective), *_options(sidecar, options))]
    yield from wrong
    if known and not wrong:
        yield Finding("limits", "ok", "sidecars take whatever nodes and pipelines send")


def _batches(sidecar: Reached, effective: dict[str, Any]) -> Iterator[Finding]:
    limits = sidecar.answer["limits"]
    for setting, limit, variable in (
        ("batch.max_items", "max_images", "SIDECAR_MAX_IMAGES"),
        ("batch.max_bytes", "max_request_bytes", "SIDECAR_MAX_REQUEST_BYTES"),
    ):
        value = str(effective[_PREFIX + setting])
        if byte_size(value) > limits[limit]:
            yield _too_much(sidecar, f"{_PREFIX}{setting} is {value}", limits[limit], variable)


def _options(sidecar: Reached, options: list[tuple[str, dict[str, Any]]]) -> Iterator[Finding]:
    limits = sidecar.answer["limits"]
    for pipeline, option in options:
        top_k, field = int(option.get("top_k", 10)), str(option.get("max_field_bytes", MAX_FIELD_BYTES))
        if top_k > limits["max_top_k"]:
            yield _too_much(sidecar, f"top_k of the pipeline {pipeline} is {top_k}", limits["max_top_k"], "")
        largest = f"max_field_bytes of the pipeline {pipeline} is {field}"
        if byte_size(field) > limits["max_request_bytes"]:
            yield _too_much(sidecar, largest, limits["max_request_bytes"], "SIDECAR_MAX_REQUEST_BYTES")
        elif byte_size(field) > _SLACK * limits["max_image_bytes"] * 4 / 3:
            fix = "Lower max_field_bytes, or raise SIDECAR_MAX_IMAGE_BYTES: 3 bytes of image are 4 of base64."
            found = f"{largest}, but {sidecar.name} takes images of {limits['max_image_bytes']} bytes"
            yield Finding("limits", "warning", found, fix)


def _too_much(sidecar: Reached, what: str, limit: int, variable: str) -> Finding:
    raised = f", or raise {variable}" if variable else ""
    return Finding("limits", "error", f"{what}, but {sidecar.name} takes {limit}", f"Lower it{raised}.")
