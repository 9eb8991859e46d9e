"""Prometheus's own tool, on the alert rules, their tests, and what the dashboard asks for."""

import json
import subprocess
from pathlib import Path

import yaml

from tests.conftest import ROOT

FOLDER = ROOT / "sidecar" / "monitoring"
DASHBOARD = FOLDER / "dashboard.json"


def promtool_finds_nothing(promtool: str, folder: Path) -> None:
    """Fails with what it says; `folder` is for the dashboard's expressions, which it reads as rules."""
    asked = [
        target["expr"] for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"] for target in panel["targets"]
    ]
    # Grafana fills in the interval
    rules = [{"record": f"panel:{n}", "expr": e.replace("$__rate_interval", "5m")} for n, e in enumerate(asked)]
    panels = folder / "panels.yml"
    panels.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    for check in (
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts.test.yml"),
        ("check", "rules", str(panels)),
    ):
        done = subprocess.run([promtool, *check], cwd=FOLDER, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
