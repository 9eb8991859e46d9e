"""Builds the plugins' zips with Maven, once for the same sources and the same Elasticsearch."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.local import maven_build
from scripts.local.distribution import Distribution
from scripts.local.host.prerequisites import Jdk
from scripts.local.host.report import Report
from scripts.shared.errors import BuildFailed
from scripts.shared.versions import PLUGIN


@dataclass(frozen=True)
class PluginSource:
    """A Maven module below es_config that packs a plugin."""

    name: str
    folder: str
    zip_pattern: str


IMAGE_SYNSET = PluginSource(PLUGIN, "plugin", "ingest-image-synset-*-es{version}.zip")
LANG_MUSTACHE = PluginSource("lang-mustache-standin", "local/lang-mustache", "lang-mustache-standin-*-es{version}.zip")


@dataclass(frozen=True)
class PluginZip:
    name: str
    path: Path

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def ensure_plugins(
    es_config: Path, distribution: Distribution, cache: Path, jdk: Jdk, report: Report
) -> list[PluginZip]:
    """Returns the zips of the plugins this distribution needs, built unless these very sources were before.

    Raises:
        PrerequisiteMissing: they must be built and there is no Maven.
        BuildFailed: Maven failed; the message names its log.
    """
    # Elasticsearch refuses two engines for one script language, and the real one is better than the stand-in.
    needed = [IMAGE_SYNSET] if distribution.has_module("lang-mustache") else [IMAGE_SYNSET, LANG_MUSTACHE]
    built = cache / "plugins" / sources_hash(es_config, needed, distribution)
    if not built.is_dir():
        _build(es_config, needed, distribution, built, cache, jdk, report)
    return [PluginZip(source.name, built / f"{source.name}.zip") for source in needed]


def sources_hash(es_config: Path, sources: list[PluginSource], distribution: Distribution) -> str:
    """Hashes all that the zips are made from: Maven's files, sources without tests, facts, Elasticsearch's jars."""
    digest = hashlib.sha256()
    files = [es_config / "pom.xml", es_config.parent / "sidecar/synsets/synsets.json"]
    for source in sources:
        files += _main_files(es_config / source.folder)
    for file in files:
        digest.update(f"{file.relative_to(es_config.parent)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    for library in sorted((distribution.home / "lib").glob("*.jar")):
        digest.update(f"{library.name} {library.stat().st_size}\0".encode())
    return digest.hexdigest()[:16]


def _main_files(module: Path) -> Iterator[Path]:
    # not even looked into: another build may be deleting what is there
    parts = [part for part in module.iterdir() if part.name != "target"]
    for path in sorted(path for part in parts for path in (part, *part.rglob("*"))):
        if path.is_file() and path.relative_to(module).parts[:2] != ("src", "test"):
            yield path


def _build(
    es_config: Path,
    sources: list[PluginSource],
    distribution: Distribution,
    built: Path,
    cache: Path,
    jdk: Jdk,
    report: Report,
) -> None:
    maven_build.package(es_config, [source.folder for source in sources], distribution, cache, jdk, report)
    built.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=built.parent) as temporary:
        complete = Path(temporary, "zips")
        complete.mkdir()
        for source in sources:
            shutil.copy(newest_zip(es_config, source, distribution.version), complete / f"{source.name}.zip")
        complete.chmod(0o755)
        complete.rename(built)


def newest_zip(es_config: Path, source: PluginSource, version: str) -> Path:
    """Returns the zip just built; an older version's may still lie beside it."""
    target = es_config / source.folder / "target"
    pattern = source.zip_pattern.format(version=version)
    zips = sorted(target.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not zips:
        raise BuildFailed(f"Expected Maven to leave {target / pattern}, found no such file.")
    return zips[-1]
