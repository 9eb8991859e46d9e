import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from scripts.local.distribution import chosen_version, ensure_distribution, required_version, unpack
from scripts.local.host.prerequisites import Jdk
from scripts.local.host.report import Report
from scripts.shared.errors import DownloadFailed, PrerequisiteMissing
from tests.conftest import ROOT

JDK = Jdk(Path("/nowhere"), 21)
LIBRARY = "lib/elasticsearch-9.4.3.jar"


def make_zip(file: Path, *names: str) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return file


def test_only_the_distribution_is_unpacked_and_its_programs_can_be_run(tmp_path: Path) -> None:
    archive = make_zip(
        tmp_path / "a.zip",
        f"other/es/{LIBRARY}",
        "other/es/bin/elasticsearch-cli",
        "other/web/huge.js",
        "other/es2/x",
    )
    home = tmp_path / "cache/elasticsearch-9.4.3"
    unpack(archive, "other/es", home)
    files = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
    assert files == {LIBRARY, "bin/elasticsearch-cli"}
    assert (home / "bin/elasticsearch-cli").stat().st_mode & 0o777 == 0o755
    assert (home / LIBRARY).stat().st_mode & 0o777 == 0o644
    assert list(home.parent.iterdir()) == [home]


def test_a_tarball_is_unpacked_too(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo(f"elasticsearch-9.4.3/{LIBRARY}")
        member.size = 7
        archive.addfile(member, io.BytesIO(b"content"))
    unpack(tmp_path / "a.tar.gz", "elasticsearch-9.4.3", tmp_path / "home")
    assert (tmp_path / "home" / LIBRARY).read_bytes() == b"content"


def test_what_an_interrupted_run_unpacked_is_not_taken_for_a_distribution(tmp_path: Path) -> None:
    (tmp_path / "cache/.unpacking-abc/es/lib").mkdir(parents=True)
    unpack(make_zip(tmp_path / "a.zip", f"es/{LIBRARY}"), "es", tmp_path / "cache/home")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["home"]


def test_an_archive_without_elasticsearch_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", "something/else")
    with pytest.raises(DownloadFailed, match="Expected the folder es/lib in"):
        unpack(archive, "es", tmp_path / "cache/home")
    assert list((tmp_path / "cache").iterdir()) == []


def test_elasticsearch_home_is_used_when_it_is_that_version(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / LIBRARY).touch()
    environ = {"ELASTICSEARCH_HOME": str(tmp_path)}
    assert ensure_distribution("9.4.3", tmp_path / "cache", JDK, Report.quiet(), environ).home == tmp_path


def test_elasticsearch_home_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/elasticsearch-8.19.0.jar").touch()
    environ = {"ELASTICSEARCH_HOME": str(tmp_path)}
    with pytest.raises(PrerequisiteMissing, match=r"Expected Elasticsearch 9.4.3 at .*found 8.19.0"):
        ensure_distribution("9.4.3", tmp_path / "cache", JDK, Report.quiet(), environ)


def test_the_version_is_the_one_line_in_the_parent_project(tmp_path: Path) -> None:
    pom = tmp_path / "pom.xml"
    pom.write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0">'
        "<properties><elasticsearch.version>9.9.9</elasticsearch.version></properties></project>"
    )
    assert required_version(pom) == "9.9.9"


def home_of(folder: Path, version: str) -> dict[str, str]:
    (folder / "lib").mkdir()
    (folder / f"lib/elasticsearch-{version}.jar").touch()
    return {"ELASTICSEARCH_HOME": str(folder)}


def test_the_version_that_runs_is_the_one_given_or_the_homes_or_the_projects(tmp_path: Path) -> None:
    environ = home_of(tmp_path, "8.19.13")
    pom = ROOT / "es_config/pom.xml"
    assert chosen_version("9.5.3", pom, environ) == "9.5.3"
    assert chosen_version(None, pom, environ) == "8.19.13"
    assert chosen_version(None, pom, {}) == required_version(pom)


@pytest.mark.parametrize("version", ["7.17.29", "8.18.0", "10.0.0"])
def test_a_home_that_the_plugin_has_no_build_for_is_refused(version: str, tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteMissing, match=f"Expected Elasticsearch 8.19 or 9 at .*found {version}"):
        chosen_version(None, ROOT / "es_config/pom.xml", home_of(tmp_path, version))
