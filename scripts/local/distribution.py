"""The unpacked Elasticsearch: the user's own, or one kept in the cache."""

import os
import re
import shutil
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.local import downloads
from scripts.local.host.prerequisites import Jdk, check_disk, find_maven
from scripts.local.host.report import Report
from scripts.shared.errors import DownloadFailed, PrerequisiteMissing
from scripts.shared.settings import SUPPORTED_VERSION

# The archive, what Maven needs to fetch it, and the unpacked folder.
_NEEDED_DISK = 1_600_000_000
_UNPACKING = ".unpacking-"


@dataclass(frozen=True)
class Distribution:
    home: Path
    version: str

    def has_module(self, name: str) -> bool:
        return (self.home / "modules" / name).is_dir()


def required_version(pom: Path) -> str:
    """Returns the local node's Elasticsearch version, which stands in one line of the plugins' parent project."""
    return _property(pom, "elasticsearch.version")


def supported_versions(pom: Path) -> list[str]:
    """Returns the Elasticsearch versions that a release is built for."""
    return _property(pom, "elasticsearch.versions").split()


def _property(pom: Path, name: str) -> str:
    namespace = {"m": "http://maven.apache.org/POM/4.0.0"}
    value = ElementTree.parse(pom).findtext(f"m:properties/m:{name}", namespaces=namespace)
    if not value:
        raise PrerequisiteMissing(f"Expected <{name}> among the properties of {pom}, found none.")
    return value


def chosen_version(given: str | None, pom: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Returns the version to run: the one given, else ELASTICSEARCH_HOME's, else the project's.

    Raises:
        PrerequisiteMissing: ELASTICSEARCH_HOME holds no Elasticsearch that the plugin supports.
    """
    if given:
        return given
    if home := environ.get("ELASTICSEARCH_HOME"):
        return _version_of(Path(home).resolve())
    return required_version(pom)


def is_supported(version: str) -> bool:
    """Whether the plugin has a build for it: 8.19 and 9."""
    return bool(re.fullmatch(SUPPORTED_VERSION, version))


def ensure_distribution(
    version: str, cache: Path, jdk: Jdk, report: Report, environ: Mapping[str, str] = os.environ
) -> Distribution:
    """Returns ELASTICSEARCH_HOME where it is set, else the cached distribution, downloaded first if need be.

    Raises:
        PrerequisiteMissing: ELASTICSEARCH_HOME is not that version, no Maven, too little disk.
        DownloadFailed: the download is incomplete.
    """
    if given := environ.get("ELASTICSEARCH_HOME"):
        home = Path(given).resolve()
        if (found := _version_of(home)) != version:
            raise PrerequisiteMissing(
                f"Expected Elasticsearch {version} at ELASTICSEARCH_HOME={home}, found {found}. Set "
                "ELASTICSEARCH_HOME to an unpacked distribution of that version, or unset it to download one."
            )
        return Distribution(home, version)
    home = cache / f"elasticsearch-{version}"
    if not home.is_dir():
        check_disk(cache, _NEEDED_DISK, "IMAGE_SYNSET_CACHE_DIR")
        find_maven()  # the plugin needs it in any case: better missed before the long download
        _download(version, home, jdk, report)
    return Distribution(home, version)


def _version_of(home: Path) -> str:
    found = [jar.stem.removeprefix("elasticsearch-") for jar in home.glob("lib/elasticsearch-[0-9]*.jar")]
    if len(found) != 1 or not is_supported(found[0]):
        raise PrerequisiteMissing(
            f"Expected Elasticsearch 8.19 or 9 at ELASTICSEARCH_HOME={home}, "
            f"found {', '.join(found) or 'no lib/elasticsearch-*.jar'}. "
            "Set ELASTICSEARCH_HOME to an unpacked distribution, or unset it to download one."
        )
    return found[0]


def _download(version: str, home: Path, jdk: Jdk, report: Report) -> None:
    folder = home.parent / "downloads"
    prefix = f"elasticsearch-{version}"
    archive = downloads.from_elastic(version, folder, report)
    if archive is None:
        archive, prefix = downloads.from_central(version, folder, jdk, report)
    with report.step(f"Unpacking Elasticsearch {version}"):
        unpack(archive, prefix, home)
    shutil.rmtree(folder)


def unpack(archive: Path, prefix: str, home: Path) -> None:
    """Unpacks what the archive has below the folder `prefix` to `home`, which appears when it is complete.

    Raises:
        DownloadFailed: the archive has no Elasticsearch there.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    for broken_off in home.parent.glob(f"{_UNPACKING}*"):
        shutil.rmtree(broken_off)
    with tempfile.TemporaryDirectory(prefix=_UNPACKING, dir=home.parent) as temporary:
        if tarfile.is_tarfile(archive):
            with tarfile.open(archive) as tar:
                tar.extractall(temporary, filter="data")
        else:
            with zipfile.ZipFile(archive) as zipped:
                names = [name for name in zipped.namelist() if PurePosixPath(name).is_relative_to(prefix)]
                zipped.extractall(temporary, names)
        unpacked = Path(temporary, prefix)
        if not (unpacked / "lib").is_dir():
            raise DownloadFailed(f"Expected the folder {prefix}/lib in {archive}, found none.")
        _open_to_all(unpacked)
        unpacked.rename(home)


def _open_to_all(folder: Path) -> None:
    """Zip files are unpacked without modes, and root's umask may be strict; another user is to run this."""
    for path in (folder, *folder.rglob("*")):
        runnable = path.is_dir() or path.stat().st_mode & 0o100 or path.parent.name == "bin"
        path.chmod(0o755 if runnable else 0o644)
