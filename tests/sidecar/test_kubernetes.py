"""The manifests fit Kubernetes' own schemas, each other, and the sidecar."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from sidecar.app import create_app
from sidecar.settings import Settings
from tests.conftest import ROOT

FOLDER = ROOT / "sidecar" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))
MANIFESTS: dict[str, dict[str, Any]] = {
    name: yaml.safe_load((FOLDER / name).read_text("utf-8")) for name in KUSTOMIZATION["resources"]
}
AUTOSCALER = yaml.safe_load((FOLDER / "autoscaler" / "autoscaler.yaml").read_text("utf-8"))
MANIFESTS["autoscaler.yaml"] = AUTOSCALER
POD = MANIFESTS["deployment.yaml"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]


def test_every_manifest_is_used() -> None:
    assert {path.name for path in FOLDER.rglob("*.yaml")} == {"kustomization.yaml", *MANIFESTS}
    assert MANIFESTS.keys() - set(KUSTOMIZATION["resources"]) == {"autoscaler.yaml"}


@pytest.mark.parametrize("version", ["1.28", "1.33", kubernetes_validate.latest_version()])
@pytest.mark.parametrize("name", MANIFESTS)
def test_it_fits_the_schema(name: str, version: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], version, strict=True)


def test_the_schema_finds_a_misspelled_key() -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**MANIFESTS["service.yaml"], "specs": {}}, "1.33", strict=True)


def test_all_select_the_pods() -> None:
    labels = POD["metadata"]["labels"]
    assert MANIFESTS["service.yaml"]["spec"]["selector"] == labels
    for name, key in (("deployment", "selector"), ("disruption-budget", "selector"), ("network-policy", "podSelector")):
        assert MANIFESTS[f"{name}.yaml"]["spec"][key]["matchLabels"] == labels
    (port,) = CONTAINER["ports"]
    assert MANIFESTS["service.yaml"]["spec"]["ports"][0]["targetPort"] == port["name"]
    assert MANIFESTS["network-policy.yaml"]["spec"]["ingress"][0]["ports"] == [{"port": port["name"]}]


def test_it_is_the_sidecar_of_the_dockerfile() -> None:
    dockerfile = (ROOT / "sidecar" / "Dockerfile").read_text("utf-8")
    assert f"USER {POD['spec']['securityContext']['runAsUser']}:" in dockerfile
    (port,) = CONTAINER["ports"]
    assert f"EXPOSE {port['containerPort']}" in dockerfile
    known = {f"SIDECAR_{name.upper()}" for name in Settings.model_fields}
    assert {variable["name"] for variable in CONTAINER["env"]} <= known
    routes = {rule.rule for rule in create_app().url_map.iter_rules()}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert CONTAINER[probe]["httpGet"]["path"] in routes


def test_kustomize_builds_it() -> None:
    if (kubectl := shutil.which("kubectl")) is None:
        pytest.skip("needs kubectl")
    built = subprocess.run([kubectl, "kustomize", str(FOLDER)], capture_output=True, text=True, check=True)
    kinds = {manifest["kind"] for manifest in yaml.safe_load_all(built.stdout)}
    assert kinds == {manifest["kind"] for manifest in MANIFESTS.values()} - {"HorizontalPodAutoscaler"}


def test_an_overlay_names_image_and_token_and_adds_the_autoscaler(tmp_path: Path) -> None:
    """As the comment of kustomization.yaml has it."""
    if (kubectl := shutil.which("kubectl")) is None:
        pytest.skip("needs kubectl")
    shutil.copytree(FOLDER, tmp_path / "base")
    (tmp_path / "overlay").mkdir()
    (tmp_path / "overlay/token.env").write_text("SIDECAR_TOKEN=a-token\n")
    (tmp_path / "overlay/kustomization.yaml").write_text(
        yaml.safe_dump(
            {
                "resources": ["../base"],
                "components": ["../base/autoscaler"],
                "images": [{"name": "image-synset-sidecar", "newName": "registry.example/sidecar", "newTag": "1"}],
                "secretGenerator": [{"name": "sidecar-token", "envs": ["token.env"]}],
            }
        )
    )
    command = [kubectl, "kustomize", str(tmp_path / "overlay")]
    built = subprocess.run(command, capture_output=True, text=True, check=True)
    made = {manifest["kind"]: manifest for manifest in yaml.safe_load_all(built.stdout)}
    assert "replicas" not in made["Deployment"]["spec"]
    (container,) = made["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example/sidecar:1"
    (token,) = [variable for variable in container["env"] if variable["name"] == "SIDECAR_TOKEN"]
    assert token["valueFrom"]["secretKeyRef"]["name"] == made["Secret"]["metadata"]["name"]
    target = made["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", made["Deployment"]["metadata"]["name"])
