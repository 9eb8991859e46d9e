"""The jar that stands for Elasticsearch's libraries: its manifest, and whether javac really follows it."""

import subprocess
import zipfile
from pathlib import Path

from scripts.local.classpath import classpath_manifest, ensure_classpath_jar
from scripts.local.distribution import Distribution
from scripts.local.host.prerequisites import find_jdk
from scripts.local.host.users import ServiceUser

EMPTY_ZIP = b"PK\5\6" + bytes(18)


def make_distribution(home: Path, count: int) -> Distribution:
    (home / "lib").mkdir(parents=True)
    for number in range(count):
        (home / f"lib/a library with a rather long name and an ümlaut-{number:03}.jar").write_bytes(EMPTY_ZIP)
    return Distribution(home, "9.4.3")


def test_no_line_is_longer_than_the_format_allows(tmp_path: Path) -> None:
    distribution = make_distribution(tmp_path, 100)
    manifest = classpath_manifest(tmp_path / "classpath.jar", sorted((distribution.home / "lib").iterdir()))
    lines = manifest.encode().split(b"\r\n")
    assert max(map(len, lines)) == 72
    assert lines[-2:] == [b"", b""]
    joined = manifest.replace("\r\n ", "").splitlines()[1].removeprefix("Class-Path: ").split(" ")
    assert len(joined) == 100
    assert joined[7] == "lib/a%20library%20with%20a%20rather%20long%20name%20and%20an%20%C3%BCmlaut-007.jar"


def test_javac_compiles_against_a_class_behind_it(tmp_path: Path) -> None:
    """The class is in the last of many libraries, so its entry is only found if every line was joined rightly."""
    jdk = find_jdk(ServiceUser("caller"))
    distribution = make_distribution(tmp_path / "es", 60)
    source = tmp_path / "org/example/Given.java"
    source.parent.mkdir(parents=True)
    source.write_text("package org.example; public class Given {}")
    subprocess.run([jdk.home / "bin/javac", source], check=True)
    with zipfile.ZipFile(tmp_path / "es/lib/zz-given.jar", "w") as library:
        library.write(source.with_suffix(".class"), "org/example/Given.class")
    user = tmp_path / "user/User.java"
    user.parent.mkdir()
    user.write_text("class User extends org.example.Given {}")
    for cache in (tmp_path, tmp_path / "cache"):  # beside the libraries, and elsewhere
        jar = ensure_classpath_jar(distribution, cache)
        command = [jdk.home / "bin/javac", "-sourcepath", user.parent, "-cp", jar, user]
        assert subprocess.run(command, capture_output=True, text=True).stderr == ""


def test_it_stands_in_a_cached_distribution_but_not_in_the_users_own(tmp_path: Path) -> None:
    cached = make_distribution(tmp_path / "cache/elasticsearch", 2)
    own = make_distribution(tmp_path / "own", 2)
    assert ensure_classpath_jar(cached, tmp_path / "cache") == cached.home / "classpath.jar"
    assert ensure_classpath_jar(own, tmp_path / "cache") == tmp_path / "cache/classpath.jar"


def test_it_is_written_again_when_the_libraries_change(tmp_path: Path) -> None:
    distribution = make_distribution(tmp_path, 2)
    jar = ensure_classpath_jar(distribution, tmp_path)
    before = jar.read_bytes()
    (tmp_path / "lib/another.jar").touch()
    assert ensure_classpath_jar(distribution, tmp_path).read_bytes() != before
