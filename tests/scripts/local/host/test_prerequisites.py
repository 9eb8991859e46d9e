"""The search for a JDK over made-up folders, and what is said of each thing that is missing."""

from pathlib import Path

import pytest

from scripts.local.host.prerequisites import check_disk, check_memory, find_jdk, find_maven, heap_bytes
from scripts.local.host.users import ServiceUser
from scripts.shared.errors import PrerequisiteMissing

CALLER = ServiceUser("caller")


def make_java(home: Path, version: str, *, javac: bool = True) -> Path:
    """A folder whose bin/java answers as the real one does."""
    java = home / "bin/java"
    java.parent.mkdir(parents=True)
    java.write_text(
        f"#!/bin/sh\necho '    java.home = {home}' >&2\necho '    java.specification.version = {version}' >&2\n"
    )
    java.chmod(0o755)
    if javac:
        (home / "bin/javac").touch()
    return home


def test_es_java_home_wins_over_java_home(tmp_path: Path) -> None:
    environ = {
        "ES_JAVA_HOME": str(make_java(tmp_path / "a", "21")),
        "JAVA_HOME": str(make_java(tmp_path / "b", "25")),
        "PATH": "",
    }
    found = find_jdk(CALLER, environ, folders=())
    assert (found.home, found.version) == (tmp_path / "a", 21)


def test_a_default_java_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    make_java(tmp_path / "default", "17")
    make_java(tmp_path / "jvm/new", "25")
    found = find_jdk(CALLER, {"PATH": str(tmp_path / "default/bin")}, folders=(f"{tmp_path}/jvm/*",))
    assert found.home == tmp_path / "jvm/new"


def test_of_the_jvm_folders_the_oldest_that_will_do(tmp_path: Path) -> None:
    for version in ("1.8", "26", "21", "17"):
        make_java(tmp_path / version, version)
    assert find_jdk(CALLER, {"PATH": ""}, folders=(f"{tmp_path}/*",)).version == 21


def test_java_on_the_path_may_be_a_link(tmp_path: Path) -> None:
    make_java(tmp_path / "real", "24")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/java").symlink_to(tmp_path / "real/bin/java")
    assert find_jdk(CALLER, {"PATH": str(tmp_path / "bin")}, folders=()).home == tmp_path / "real"


def test_what_was_found_instead_of_a_jdk_is_named(tmp_path: Path) -> None:
    make_java(tmp_path / "old", "17")
    make_java(tmp_path / "runtime", "21", javac=False)
    environ = {"ES_JAVA_HOME": str(tmp_path / "none"), "JAVA_HOME": str(tmp_path / "old"), "PATH": ""}
    with pytest.raises(PrerequisiteMissing) as error:
        find_jdk(CALLER, environ, folders=(f"{tmp_path}/runtime",))
    message = error.value.message
    assert "JDK 21 or newer" in message
    assert f"ES_JAVA_HOME={tmp_path / 'none'} (no bin/java)" in message
    assert f"JAVA_HOME={tmp_path / 'old'} (Java 17)" in message
    assert f"{tmp_path / 'runtime'} (without javac" in message
    assert all(advice in message for advice in ("apt-get install", "dnf install", "brew install", "set ES_JAVA_HOME"))


def test_no_maven() -> None:
    with pytest.raises(PrerequisiteMissing, match="no `mvn` on the PATH.*apt-get install maven"):
        find_maven({"PATH": "/nowhere"})


def test_too_little_disk_names_the_folder_and_the_setting(tmp_path: Path) -> None:
    check_disk(tmp_path / "not/yet/there", 1, "IMAGE_SYNSET_CACHE_DIR")
    with pytest.raises(PrerequisiteMissing, match="Expected 1000000.0 GB free .*set IMAGE_SYNSET_CACHE_DIR"):
        check_disk(tmp_path / "not/yet/there", 10**15, "IMAGE_SYNSET_CACHE_DIR")


def test_too_little_memory_names_the_heap() -> None:
    with pytest.raises(PrerequisiteMissing, match="heap 900000g.*smaller --heap"):
        check_memory("900000g")


def test_heap_is_written_as_for_the_jvm() -> None:
    assert heap_bytes("512m") == 536_870_912
    assert heap_bytes("2g") == 2_147_483_648
    with pytest.raises(ValueError, match="received '1 GB'"):
        heap_bytes("1 GB")
