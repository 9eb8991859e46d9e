"""The sidecar's container as sidecar/kubernetes runs it, and what Prometheus is given, with the tools of each."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from scripts.shared.settings import Settings
from tests.conftest import ROOT
from tests.containers import debian
from tests.containers.conftest import Workshop
from tests.containers.engine import Engine
from tests.sidecar.promtool import promtool_finds_nothing
from tests.support.answers import photo

pytestmark = pytest.mark.containers

SPEC: dict[str, Any] = yaml.safe_load((ROOT / "sidecar/kubernetes/deployment.yaml").read_text("utf-8"))["spec"]
POD = SPEC["template"]["spec"]
(CONTAINER,) = POD["containers"]
UNITS = {"Mi": "m", "Gi": "g"}
TOKEN = {"Authorization": "Bearer a-token"}


def quantity(text: str) -> str:
    """Kubernetes' 256Mi as Docker's 256m."""
    return text[:-2] + UNITS[text[-2:]]


def security_context() -> list[str]:
    """The manifest's, all of it, as options of `docker run`; a key that is new here has to be given its option."""
    pod, own = dict(POD["securityContext"]), dict(CONTAINER["securityContext"])
    assert pod.pop("runAsNonRoot") and pod["runAsUser"] > 0
    options = [f"--user={pod.pop('runAsUser')}:{pod.pop('runAsGroup')}", f"--group-add={pod.pop('fsGroup')}"]
    assert pod.pop("seccompProfile") == {"type": "RuntimeDefault"}  # as Docker's is, unless configured otherwise
    assert own.pop("allowPrivilegeEscalation") is False
    options.append("--security-opt=no-new-privileges")
    assert own.pop("readOnlyRootFilesystem") is True
    options += ["--read-only", *(f"--cap-drop={name}" for name in own.pop("capabilities")["drop"])]
    assert (pod, own) == ({}, {})
    (volume,) = POD["volumes"]
    assert CONTAINER["volumeMounts"] == [{"name": volume["name"], "mountPath": "/dev/shm"}]
    options += [f"--shm-size={quantity(volume['emptyDir']['sizeLimit'])}"]
    return [*options, f"--memory={quantity(CONTAINER['resources']['limits']['memory'])}"]


@pytest.fixture
def pod(sidecar_engine: Engine) -> Iterator[tuple[str, str]]:
    """Its container's id and address."""
    environment = ["--env=SIDECAR_MODEL=efficientnet_lite0", "--env=SIDECAR_TOKEN=a-token"]
    assert {variable["name"] for variable in CONTAINER["env"]} == {"SIDECAR_MODEL", "SIDECAR_TOKEN"}
    identity = sidecar_engine.run("run", "--detach", *security_context(), *environment, "image-synset-sidecar").strip()
    try:
        (found,) = json.loads(sidecar_engine.run("inspect", identity))
        yield identity, f"http://{found['NetworkSettings']['IPAddress']}:{CONTAINER['ports'][0]['containerPort']}"
    finally:
        sidecar_engine.run("rm", "--force", identity)


def test_it_runs_with_the_manifests_security_context(
    sidecar_engine: Engine, pod: tuple[str, str], shipped: Path
) -> None:
    identity, address = pod
    wait_until_ready(sidecar_engine, pod)
    for name in ("readinessProbe", "livenessProbe"):
        assert answers(f"{address}{CONTAINER[name]['httpGet']['path']}"), name
    body = {"images": [{"id": "1", "image": photo(shipped / "chelsea.png")}], "top_k": 3}
    assert requests.post(f"{address}/v1/analyze", json=body, timeout=60).status_code == 401
    (result,) = requests.post(f"{address}/v1/analyze", json=body, headers=TOKEN, timeout=60).json()["results"]
    assert "cat" in json.dumps(result["synsets"])
    assert "sidecar_images_total" in requests.get(f"{address}/metrics", headers=TOKEN, timeout=60).text

    started = time.monotonic()
    sidecar_engine.run("stop", "--time", str(POD["terminationGracePeriodSeconds"]), identity)
    assert time.monotonic() - started < POD["terminationGracePeriodSeconds"]
    assert sidecar_engine.run("inspect", "--format", "{{.State.ExitCode}}", identity).strip() == "0"


def test_it_compiles_how_it_resizes_without_a_place_to_write_to(
    sidecar_engine: Engine, pod: tuple[str, str], shipped: Path
) -> None:
    identity, address = pod
    wait_until_ready(sidecar_engine, pod)
    images = [photo(shipped / name) for name in ("rocket.jpg", "coffee.png")]

    def analyzed() -> Any:
        body = {"images": [{"id": str(number), "image": images[number % 2]} for number in range(8)], "top_k": 5}
        return requests.post(f"{address}/v1/analyze", json=body, headers=TOKEN, timeout=60).json()["results"]

    first = analyzed()
    assert all(result["synsets"] for result in first)
    end = time.monotonic() + 120
    while "resizing is compiled" not in sidecar_engine.call("logs", identity).stderr:
        assert analyzed() == first
        assert time.monotonic() < end, sidecar_engine.call("logs", identity).stderr
    assert analyzed() == first


def wait_until_ready(engine: Engine, pod: tuple[str, str]) -> None:
    """As long as the manifest's startup probe waits."""
    identity, address = pod
    probe = CONTAINER["startupProbe"]
    end = time.monotonic() + probe["periodSeconds"] * probe["failureThreshold"]
    while not answers(f"{address}{probe['httpGet']['path']}"):
        assert time.monotonic() < end, engine.call("logs", identity).stderr
        time.sleep(0.2)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def test_a_model_that_is_not_in_the_image_is_refused_with_the_command_that_builds_it_in(sidecar_engine: Engine) -> None:
    done = sidecar_engine.call(
        "run", "--rm", *security_context(), "--env=SIDECAR_MODEL=efficientnet_lite1", "image-synset-sidecar"
    )
    assert done.returncode != 0
    assert "--build-arg MODELS=efficientnet_lite1" in done.stdout + done.stderr


def test_prometheus_own_tool_finds_nothing_wrong(workshop: Workshop, tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        programs = Settings().cache_dir.absolute() / "containers/prometheus"
        if not programs.is_dir():
            debian.unpack_own(["prometheus"], programs)
        promtool = str(programs / "usr/bin/promtool")
        if not Path(promtool).exists():
            pytest.skip("this release of Debian has no promtool")
    promtool_finds_nothing(promtool, tmp_path)
