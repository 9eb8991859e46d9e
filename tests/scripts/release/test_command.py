"""The release build, by Maven for real: what the zips are called and hold, their checksums, equal bytes twice."""

import io
import json
import os
import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from scripts.local.distribution import supported_versions
from scripts.local.host.prerequisites import find_jdk
from scripts.local.host.report import Report
from scripts.local.host.users import service_user
from scripts.local.maven_build import ES_CONFIG
from scripts.release.command import add_packages, build, release
from tests.conftest import ROOT

VERSION = "8.19.21"
NAME = f"ingest-image-synset-0.1.0-es{VERSION}.zip"
JAVA_21 = 65
LONG_AGO = 1_000_000_000  # in 2001; Maven copies no file of 1970, which is how old a missing one is to it


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release made where another one lay, with the command's own answer beside it."""
    folder = tmp_path_factory.mktemp("release") / "dist"
    folder.mkdir()
    (folder / "ingest-image-synset-0.0.9-es8.19.0.zip").write_bytes(b"old")
    arguments = ["--version", VERSION, "--version", VERSION, "--skip-tests", "--output", str(folder), "--json"]
    result = CliRunner().invoke(release, arguments)
    assert result.exit_code == 0, result.output
    (folder.parent / "answer.json").write_text(result.stdout)
    return folder


def test_the_folder_holds_the_zips_of_this_release_and_their_checksums(dist: Path) -> None:
    packages = {"image_synset-0.1.0-py3-none-any.whl", "image_synset-0.1.0.tar.gz", "image-synset.cdx.json"}
    assert {path.name for path in dist.iterdir()} == {NAME, "SHA256SUMS", *packages}
    assert subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=dist).returncode == 0
    answer = json.loads((dist.parent / "answer.json").read_text())
    assert answer["versions"] == [VERSION]
    sums = [f"{sha256}  {name}\n" for name, sha256 in answer["sha256"].items()]
    assert "".join(sums) == (dist / "SHA256SUMS").read_text()


def test_a_zip_is_for_its_elasticsearch_alone(dist: Path) -> None:
    with zipfile.ZipFile(dist / NAME) as zipped:
        assert set(zipped.namelist()) == {
            "plugin-descriptor.properties",
            "entitlement-policy.yaml",
            "ingest-image-synset-0.1.0.jar",
        }
        descriptor = zipped.read("plugin-descriptor.properties").decode().splitlines()
        assert f"elasticsearch.version={VERSION}" in descriptor
        assert {"name=ingest-image-synset", "version=0.1.0", "java.version=21"} < set(descriptor)
        with zipfile.ZipFile(io.BytesIO(zipped.read("ingest-image-synset-0.1.0.jar"))) as jar:
            main_class = jar.read("org/imagesynset/IngestImageSynsetPlugin.class")
            assert int.from_bytes(main_class[6:8]) == JAVA_21
            # Elasticsearch 8 calls a factory without a project.
            assert b"ProjectId" not in jar.read("org/imagesynset/compat/ProcessorFactory.class")


def test_the_same_sources_elsewhere_give_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    es_config = tmp_path / "clone/es_config"
    shutil.copytree(ES_CONFIG, es_config, ignore=shutil.ignore_patterns("target"))
    (tmp_path / "clone/sidecar/synsets").mkdir(parents=True)
    shutil.copy(ES_CONFIG.parent / "sidecar/synsets/synsets.json", tmp_path / "clone/sidecar/synsets")
    for file in es_config.rglob("*"):
        os.utime(file, (LONG_AGO, LONG_AGO))
        file.chmod(0o700 if file.is_dir() else 0o600)
    build([VERSION], tmp_path / "dist", es_config, find_jdk(service_user()), Report.quiet(), tests=False)
    assert sha256_of(tmp_path / "dist" / NAME) == sha256_of(dist / NAME)


def sha256_of(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("version", ["7.17.0", "9.4", "../9.4.3"])
def test_what_no_release_is_for_is_refused(version: str) -> None:
    result = CliRunner().invoke(release, ["--version", version])
    assert result.exit_code == 2
    assert f"expected one like 8.19.21 or 9.4.3; received '{version}'" in result.output


def test_a_release_is_for_the_last_8_and_for_9() -> None:
    versions = supported_versions(ES_CONFIG / "pom.xml")
    assert [version.rsplit(".", 1)[0] for version in versions] == ["8.19", "9.4", "9.5"]
    assert VERSION in versions


def test_packages_and_sbom_come_beside_the_zips_and_are_in_the_checksums(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"a plugin")
    add_packages(ROOT, tmp_path, Report.quiet())
    names = {path.name for path in tmp_path.iterdir()} - {"SHA256SUMS"}
    assert names == {
        NAME,
        "image-synset.cdx.json",
        "image_synset-0.1.0-py3-none-any.whl",
        "image_synset-0.1.0.tar.gz",
    }
    assert subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path).returncode == 0
    assert {line.split()[1] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()} == names
    bom = json.loads((tmp_path / "image-synset.cdx.json").read_text("utf-8"))
    assert names - {"image-synset.cdx.json"} < {component["name"] for component in bom["components"]}
