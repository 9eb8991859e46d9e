"""What the machine must have: JDK, Maven, disk, memory; each absence has a message that says what to do."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from scripts.local.host.users import ServiceUser
from scripts.shared.errors import PrerequisiteMissing

JAVA_VERSION = 21
"""Elasticsearch 9 needs it to run, and Maven to read Elasticsearch's classes."""

# Debian and Fedora, Oracle, hand-unpacked, macOS, Homebrew on both kinds of Mac, SDKMAN, IntelliJ.
JVM_FOLDERS = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/*j[dr]k*",
    "/opt/java/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "/usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
)

_INSTALL_JDK = (
    f"Install one (Debian 13, Ubuntu: sudo apt-get install openjdk-{JAVA_VERSION}-jdk-headless; "
    f"Fedora: sudo dnf install java-{JAVA_VERSION}-openjdk-devel; macOS: brew install openjdk@{JAVA_VERSION})"
    " or set ES_JAVA_HOME to its folder."
)
_INSTALL_MAVEN = (
    "Install it (Debian/Ubuntu: sudo apt-get install maven; Fedora: sudo dnf install maven; macOS: brew install maven)."
)
# Would be read by every JVM below us, Elasticsearch's among them, which warns of them and refuses some.
_JVM_OPTIONS = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS")
# What a JVM takes beside its heap, and the sidecar with TensorFlow and a small model.
_JVM_OVERHEAD = 500_000_000
_SIDECAR_MEMORY = 1_000_000_000


@dataclass(frozen=True)
class Jdk:
    home: Path
    version: int

    def environment(self) -> dict[str, str]:
        """Returns the caller's environment with this JDK in it, for Maven."""
        inherited = {name: value for name, value in os.environ.items() if name not in _JVM_OPTIONS}
        return {**inherited, "JAVA_HOME": str(self.home), "ES_JAVA_HOME": str(self.home)}


def find_jdk(user: ServiceUser, environ: Mapping[str, str] = os.environ, folders: Sequence[str] = JVM_FOLDERS) -> Jdk:
    """Returns a JDK new enough and open to `user`: of ES_JAVA_HOME, JAVA_HOME, PATH or else `folders`.

    Raises:
        PrerequisiteMissing: there is none; the message lists those looked at.
    """
    seen: dict[Path, str] = {}
    for source, home in _named_homes(environ):
        if (found := _probe(home, user)) and found.version >= JAVA_VERSION:
            return found
        seen[home] = f"{source}={home} ({_describe(home, found)})"
    newer = []
    for home in _homes_in(folders):
        if home in seen:
            continue
        found = _probe(home, user)
        if found and found.version >= JAVA_VERSION:
            newer.append(found)
        seen[home] = f"{home} ({_describe(home, found)})"
    if newer:
        # The oldest that will do: a Java younger than this Elasticsearch may be unknown to it.
        return min(newer, key=lambda jdk: jdk.version)
    raise PrerequisiteMissing(
        f"Expected a JDK {JAVA_VERSION} or newer (java and javac) that user {user.name} can run, "
        f"found {'; '.join(seen.values()) or 'none'}. {_INSTALL_JDK}"
    )


def _named_homes(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    for variable in ("ES_JAVA_HOME", "JAVA_HOME"):
        if environ.get(variable):
            yield variable, Path(environ[variable])
    if java := shutil.which("java", path=environ.get("PATH", "")):
        yield "PATH", Path(java).resolve().parent.parent


def _homes_in(folders: Sequence[str]) -> list[Path]:
    """Returns the Java homes below the folders, each once: several names often lead to one."""
    found = set()
    for pattern in map(os.path.expanduser, folders):
        found |= {home.resolve() for home in Path("/").glob(pattern.lstrip("/")) if (home / "bin/java").exists()}
    return sorted(found)


def _probe(home: Path, user: ServiceUser) -> Jdk | None:
    """Asks `java` itself, as the user who will run it: folders' names lie, and some are closed to that user."""
    command = [str(home / "bin/java"), "-XshowSettings:properties", "-version"]
    try:
        answer = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=30, **user.identity).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r"java\.specification\.version = (?:1\.)?(\d+)", answer)
    real_home = re.search(r"java\.home = (.+)", answer)
    if not version or not real_home or not Path(real_home[1].strip(), "bin/javac").exists():
        return None
    return Jdk(Path(real_home[1].strip()), int(version[1]))


def _describe(home: Path, found: Jdk | None) -> str:
    if found:
        return f"Java {found.version}"
    if not os.access(home / "bin/java", os.X_OK):
        return "no bin/java"
    return "without javac, or closed to that user"


def find_maven(environ: Mapping[str, str] = os.environ) -> Path:
    """Returns the path of `mvn`.

    Raises:
        PrerequisiteMissing: it is not on the PATH.
    """
    if maven := shutil.which("mvn", path=environ.get("PATH", "")):
        return Path(maven)
    raise PrerequisiteMissing(
        "Expected Maven, which builds the plugin and fetches Elasticsearch, but found no `mvn` on the PATH. "
        f"{_INSTALL_MAVEN}"
    )


def check_disk(folder: Path, needed_bytes: int, setting: str) -> None:
    """Raises PrerequisiteMissing when the disk of `folder`, which need not exist yet, has less room."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < needed_bytes:
        raise PrerequisiteMissing(
            f"Expected {needed_bytes / 1e9:.1f} GB free for {folder}, found {free / 1e9:.1f} GB. "
            f"Free some, or set {setting} to a folder on another disk."
        )


def check_memory(heap: str) -> None:
    """Raises PrerequisiteMissing when heap, JVM and sidecar don't fit into the memory that is available."""
    needed = heap_bytes(heap) + _JVM_OVERHEAD + _SIDECAR_MEMORY
    available = psutil.virtual_memory().available
    if available < needed:
        raise PrerequisiteMissing(
            f"Expected {needed / 1e9:.1f} GB of memory available (heap {heap}, 0.5 GB around it, 1 GB for "
            f"the sidecar), found {available / 1e9:.1f} GB. Close programs, or give a smaller --heap (512m will "
            "do for some ten thousand images)."
        )


def heap_bytes(heap: str) -> int:
    """Returns the bytes of a size as the JVM writes it: `512m`, `1g`.

    Raises:
        ValueError: it is not written so.
    """
    if not (parts := re.fullmatch(r"(\d+)([mg])", heap)):
        raise ValueError(f"expected a number and m or g, such as 512m or 1g; received {heap!r}")
    return int(parts[1]) * {"m": 2**20, "g": 2**30}[parts[2]]
