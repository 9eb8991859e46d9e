"""What nodes and pipelines send, against what sidecars take."""

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from scripts.doctor.limits import check_limits
from scripts.doctor.sidecars import Sidecars
from scripts.shared.pipelines import byte_size
from tests.scripts.doctor.conftest import Answers
from tests.scripts.doctor.node_answers import answered, well

# the defaults of both sides
LIMITS = {"max_images": 128, "max_request_bytes": 64 * 2**20, "max_image_bytes": 20 * 2**20, "max_top_k": 1000}
SETTINGS = {"ingest.image_synset.batch.max_items": "16", "ingest.image_synset.batch.max_bytes": "16mb"}


@pytest.mark.parametrize(
    ("settings", "option", "limits", "status", "said"),
    [
        ({}, {}, {}, "ok", "sidecars take whatever"),
        ({"batch.max_items": "200"}, {}, {}, "error", "batch.max_items is 200, but .* takes 128"),
        ({"batch.max_bytes": "1gb"}, {}, {}, "error", "batch.max_bytes is 1gb, but .* takes 67108864"),
        ({}, {"max_field_bytes": "65mb"}, {}, "error", "max_field_bytes of the pipeline p is 65mb, but .* 67108864"),
        ({}, {"max_field_bytes": "40mb"}, {}, "warning", "40mb, but .* takes images of 20971520 bytes"),
        ({}, {}, {"max_image_bytes": 10 * 2**20}, "warning", "28mb, but .* takes images of 10485760 bytes"),
        ({}, {"top_k": 50}, {"max_top_k": 10}, "error", "top_k of the pipeline p is 50, but .* takes 10"),
    ],
)
def test_more_than_a_sidecar_takes_is_reported(
    es: Elasticsearch,
    answers: Answers,
    settings: dict[str, str],
    option: dict[str, Any],
    limits: dict[str, int],
    status: str,
    said: str,
) -> None:
    import re

    changed = {f"ingest.image_synset.{name}": value for name, value in settings.items()}
    answers["POST /_image_synset/test"] = answered([{**well(), "limits": {**LIMITS, **limits}}])
    answers["GET /_cluster/settings"] = 200, {"persistent": changed, "transient": {}, "defaults": SETTINGS}
    answers["GET /_ingest/pipeline/p"] = 200, {"p": {"processors": [{"pipeline": {"name": "inner"}}]}}
    answers["GET /_ingest/pipeline/inner"] = 200, {"inner": {"processors": [{"image_synset": option}]}}
    (finding,) = check_limits(es, Sidecars(es), ["p"])
    assert finding.status == status and re.search(said, finding.found), finding
    assert bool(finding.fix) == (status != "ok")


@pytest.mark.parametrize(
    ("text", "size"), [("28mb", 29360128), ("17", 17), ("1.5kb", 1536), ("5B", 5), ("1 gb", 2**30)]
)
def test_sizes_are_read_as_elasticsearch_does(text: str, size: int) -> None:
    assert byte_size(text) == size


def test_a_size_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="such as 28mb, received 20%"):
        byte_size("20%")
