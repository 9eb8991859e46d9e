"""/openapi.json is kept true: requests made from it, fitting and not, are answered as it says, and never with 500."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.support.servers.sidecar_server import Server, running

TOKEN = "correct-horse"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


def fuzz(server: Server, folder: Path, examples: int, seed: int) -> int:
    """Returns how many requests there were; fails with schemathesis's report."""
    command = [
        str(Path(sys.executable).with_name("st")),
        "--config-file",
        str(Path(__file__).with_name("schemathesis.toml")),
    ]
    command += ["run", server.url("/openapi.json")]
    command += ["--header", f"Authorization: Bearer {TOKEN}", "--checks", "all", "--phases", "coverage,fuzzing"]
    command += ["--max-examples", str(examples), "--seed", str(seed), "--request-timeout", "30", "--no-color"]
    command += ["--generation-database", "none"]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks"}
    root = Path(__file__).parents[2]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    faults = [line for line in server.log.read_text().splitlines() if "exc_info" in line]
    assert faults == []
    assert run.returncode == 0, run.stdout + run.stderr
    generated = re.search(r"([\d,]+) generated", run.stdout)
    assert generated is not None, run.stdout
    return int(generated[1].replace(",", ""))


def resident(server: Server) -> float:
    text = requests.get(server.url("/metrics"), headers=AUTHORIZED, timeout=10).text
    found = re.search(r"^process_resident_memory_bytes (\S+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


def test_the_sidecar_does_what_its_specification_says(tmp_path: Path) -> None:
    with running(tmp_path, TOKEN=TOKEN) as server:
        assert fuzz(server, tmp_path, 20, seed=2017) > 150


@pytest.mark.long
def test_thousands_of_requests_leave_no_trace(tmp_path: Path) -> None:
    with running(tmp_path, TOKEN=TOKEN) as server:
        fuzz(server, tmp_path, 100, seed=1)
        before, requests_made, seed = resident(server), 0, 2
        while requests_made < 5000:
            requests_made += fuzz(server, tmp_path, 400, seed)
            seed += 1
        print(f"{requests_made} requests, {before / 2**20:.0f} MB before, {resident(server) / 2**20:.0f} MB after")
        assert resident(server) < before * 1.05
