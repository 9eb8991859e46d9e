"""What the sidecar answers, for tests to read."""

import base64
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from sidecar.analyzer import Analyzer
from sidecar.host.metrics import Metrics
from sidecar.pipeline import Analysis, Options


def photo(path: Path) -> str:
    """A file as base64."""
    return base64.b64encode(path.read_bytes()).decode()


def error_of(response: Any) -> tuple[int, str, str]:
    """Status, type and reason of an answer of Flask's test client."""
    return response.status_code, response.json["error"]["type"], response.json["error"]["reason"]


def number(metrics: Metrics, sample: str, **labels: str) -> float:
    """One of Prometheus's numbers."""
    families = text_string_to_metric_families(metrics.render().decode())
    samples = (found for family in families for found in family.samples)
    return next(found.value for found in samples if found.name == sample and found.labels == labels)


def analysis_of(analyzer: Analyzer, image: str, **options: Any) -> Analysis:
    """What is said of one image (base64) that can be analyzed."""
    (result,) = analyzer.analyze([image], Options(**options)).results
    assert isinstance(result, Analysis), result
    return result
