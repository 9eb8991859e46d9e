"""Alert rules and dashboard ask for metrics that the sidecar has; Prometheus's own tool finds nothing wrong."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from sidecar.host.metrics import Metrics
from tests.sidecar.promtool import DASHBOARD as DASHBOARD_FILE
from tests.sidecar.promtool import FOLDER, promtool_finds_nothing

RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"] for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads(DASHBOARD_FILE.read_text("utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
EXPRESSIONS = [rule["expr"] for rule in RULES] + [target["expr"] for panel in PANELS for target in panel["targets"]]


def known_metrics() -> set[str]:
    metrics = Metrics()
    metrics.images.labels("ok").inc()
    metrics.errors.labels("busy").inc()
    return set(re.findall(r"(?m)^(\w+)(?:\{.*\})? ", metrics.render().decode()))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_it_asks_for_metrics_that_there_are(expression: str) -> None:
    asked = set(re.findall(r"\b(?:sidecar|process)_\w+", expression))
    assert asked <= known_metrics()
    assert asked or "up{" in expression


def test_every_metric_of_the_sidecar_is_on_the_dashboard() -> None:
    shown = " ".join(EXPRESSIONS)
    families = {re.sub(r"_(bucket|count|sum|created|total)$", "", name) for name in known_metrics()}
    own = {name for name in families if name.startswith("sidecar_")}
    assert {name for name in own if name not in shown} == {"sidecar_requests_in_flight"}


def test_every_alert_says_what_to_do_and_has_a_test() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names)) > 5
    tested = (FOLDER / "alerts.test.yml").read_text("utf-8")
    for rule in RULES:
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule["annotations"]["summary"] and rule["annotations"]["description"].endswith(".")
        assert f"alertname: {rule['alert']}\n        exp_alerts:" in tested, rule["alert"]


def test_the_panels_lie_beside_each_other() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in PANELS]
    assert len(set(places)) == len(places) and {place[0] for place in places} == {0, 12}
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


def test_prometheus_own_tool_finds_nothing_wrong(tmp_path: Path) -> None:
    if (promtool := shutil.which("promtool")) is None:
        pytest.skip("needs promtool (Debian 12: apt-get install prometheus); make test-compose fetches it")
    promtool_finds_nothing(promtool, tmp_path)
