"""Broken downloads, forced by a small HTTP server: what it offers is checked, and fetched again or refused."""

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from scripts.local.downloads import fetch_checked, from_elastic, tarball_name
from scripts.local.host.report import Report
from scripts.shared.errors import DownloadFailed

VERSION = "9.4.3"
CONTENT = bytes(range(256)) * 4000
CHECKSUM = hashlib.sha512(CONTENT).hexdigest()


class Host(ThreadingHTTPServer):
    """Answers each request for a path with the next of its replies, and the last one from then on."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: dict[str, list[tuple[bytes, int]]] = {}  # the bytes sent, and the length promised
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def offer(self, *bodies: tuple[bytes, int], checksum: str = CHECKSUM) -> None:
        name = tarball_name(VERSION)
        published = f"{checksum}  {name}\n".encode()
        self.replies = {f"/{name}": list(bodies), f"/{name}.sha512": [(published, len(published))]}

    def downloads(self) -> int:
        return self.requests.count(f"/{tarball_name(VERSION)}")


class Handler(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        replies = self.server.replies.get(self.path)
        if not replies:
            self.send_error(404)
            return
        body, promised = replies.pop(0) if len(replies) > 1 else replies[0]
        self.send_response(200)
        self.send_header("Content-Length", str(promised))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as server:
        Thread(target=server.serve_forever, args=(0.05,)).start()
        yield server
        server.shutdown()


WHOLE = (CONTENT, len(CONTENT))
BROKEN_OFF = (CONTENT[:5000], len(CONTENT))
CHANGED = (CONTENT[::-1], len(CONTENT))


def test_a_whole_download_is_kept(host: Host, tmp_path: Path) -> None:
    host.offer(WHOLE)
    archive = from_elastic(VERSION, tmp_path, Report.quiet(), host.url)
    assert archive is not None
    assert archive.read_bytes() == CONTENT


@pytest.mark.parametrize("broken", [BROKEN_OFF, CHANGED], ids=["broken off", "changed on the way"])
def test_a_broken_download_is_redone(host: Host, tmp_path: Path, broken: tuple[bytes, int]) -> None:
    host.offer(broken, WHOLE)
    archive = from_elastic(VERSION, tmp_path, Report.quiet(), host.url)
    assert archive is not None
    assert archive.read_bytes() == CONTENT
    assert host.downloads() == 2


@pytest.mark.parametrize("broken", [BROKEN_OFF, CHANGED], ids=["broken off", "changed on the way"])
def test_a_download_that_stays_broken_is_an_error_and_leaves_nothing(
    host: Host, tmp_path: Path, broken: tuple[bytes, int]
) -> None:
    host.offer(broken)
    with pytest.raises(DownloadFailed, match="sha512.*ELASTICSEARCH_HOME"):
        from_elastic(VERSION, tmp_path, Report.quiet(), host.url)
    assert list(tmp_path.iterdir()) == []


def test_a_file_left_by_a_broken_run_is_replaced(host: Host, tmp_path: Path) -> None:
    host.offer(WHOLE)
    (tmp_path / tarball_name(VERSION)).write_bytes(CONTENT[:100])
    archive = from_elastic(VERSION, tmp_path, Report.quiet(), host.url)
    assert archive is not None
    assert archive.read_bytes() == CONTENT


def test_a_host_without_that_version_is_passed_over(host: Host, tmp_path: Path) -> None:
    assert from_elastic(VERSION, tmp_path, Report.quiet(), host.url) is None


def test_a_proxy_that_answers_with_a_page_is_passed_over(host: Host, tmp_path: Path) -> None:
    host.offer(WHOLE, checksum="<html>Please log in</html>")
    assert from_elastic(VERSION, tmp_path, Report.quiet(), host.url) is None
    assert host.downloads() == 0


def test_a_host_out_of_reach_is_passed_over(host: Host, tmp_path: Path) -> None:
    url = host.url
    host.shutdown()
    host.server_close()
    assert from_elastic(VERSION, tmp_path, Report.quiet(), url) is None


class Fetch:
    """Writes one content after the other to the file; a try beyond them fails the test."""

    def __init__(self, file: Path, *contents: bytes) -> None:
        self.file, self.contents = file, list(contents)

    def __call__(self) -> None:
        self.file.write_bytes(self.contents.pop(0))


SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_what_is_there_whole_is_not_fetched_again(tmp_path: Path) -> None:
    file = tmp_path / "archive.zip"
    file.write_bytes(CONTENT)
    fetch_checked(file, SHA256, Fetch(file))


def test_a_part_left_by_a_broken_run_is_fetched_again(tmp_path: Path) -> None:
    file = tmp_path / "archive.zip"
    file.write_bytes(CONTENT[:100])
    fetch_checked(file, SHA256, Fetch(file, CONTENT))
    assert file.read_bytes() == CONTENT


def test_a_second_wrong_file_is_an_error_with_both_hashes(tmp_path: Path) -> None:
    file = tmp_path / "archive.zip"
    with pytest.raises(DownloadFailed) as error:
        fetch_checked(file, SHA256, Fetch(file, b"one", b"two"))
    assert SHA256 in error.value.message
    assert hashlib.sha256(b"two").hexdigest() in error.value.message
    assert not file.exists()
