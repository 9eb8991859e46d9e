"""The sidecar as it is run: real sockets, real signals, real processes."""

import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.support.answers import photo
from tests.support.servers.sidecar_server import Server, running
from tests.support.servers.sidecar_server import certificate as make_certificate

TOKEN = "correct horse"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), WORKERS="2", TOKEN=TOKEN, READ_TIMEOUT="3") as server:
        yield server


@pytest.fixture(scope="module")
def body(shipped: Path) -> dict[str, Any]:
    return {"images": [{"id": "1", "image": photo(shipped / "rocket.jpg")}], "top_k": 1}


def analyze(server: Server, body: dict[str, Any], **options: Any) -> requests.Response:
    options = {"headers": AUTHORIZED, "timeout": 60} | options
    return requests.post(server.url("/v1/analyze"), json=body, **options)


def answer(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def post(length: int | str, *headers: str) -> bytes:
    lines = ["POST /v1/analyze HTTP/1.1", "Host: sidecar", f"Authorization: Bearer {TOKEN}"]
    lines += ["Content-Type: application/json", f"Content-Length: {length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def test_it_analyzes_and_refuses_who_has_no_token(server: Server, body: dict[str, Any]) -> None:
    response = analyze(server, body)
    assert response.json()["results"][0]["synsets"][0]["name"] == "missile"
    assert response.headers["X-Request-Id"]
    assert analyze(server, body, headers={}).status_code == 401


def test_an_oversized_body_is_413_before_it_is_sent(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(post(10**10, "Connection: close"))
        assert answer(connection).startswith(b"HTTP/1.1 413")


def test_an_endless_body_without_a_length_is_413_at_the_limit(server: Server) -> None:
    with server.connect() as connection:
        head = post(0, "Transfer-Encoding: chunked", "Connection: close")
        connection.sendall(head.replace(b"Content-Length: 0\r\n", b""))
        chunk = b"100000\r\n" + b"x" * 2**20 + b"\r\n"
        sent = 0
        try:
            for _ in range(1000):
                connection.sendall(chunk)
                sent += 1
        except OSError:
            pass
    assert 64 <= sent <= 100  # the limit, and what the sockets buffer


def test_a_body_that_never_comes_ends_with_408(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(post(1000, "Connection: close") + b"{")
        assert answer(connection).startswith(b"HTTP/1.1 408")


def test_two_hundred_slow_connections_leave_a_healthy_client_alone(server: Server, body: dict[str, Any]) -> None:
    with ExitStack() as slow:
        for number in range(200):
            connection = slow.enter_context(server.connect())
            # a third says nothing, a third not all of its headers, a third not all of its body
            connection.sendall((b"", post(1000)[:-2], post(10**6) + b'{"images": [')[number % 3])
        for _ in range(5):
            started = time.monotonic()
            assert analyze(server, body).status_code == 200
            assert time.monotonic() - started < 10
    deadline = time.monotonic() + 20
    while "sidecar_requests_in_flight 1.0" not in requests.get(server.url("/metrics"), headers=AUTHORIZED).text:
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_workers_share_the_weights_file_in_memory(server: Server, body: dict[str, Any]) -> None:
    assert analyze(server, body).status_code == 200
    for worker in server.workers():
        maps = [region for region in worker.memory_maps(grouped=False) if region.path.endswith("model.bin")]
        assert sum(region.size for region in maps) > 17 * 2**20
        assert sum(region.private_dirty for region in maps) == 0  # nobody has a copy


def test_a_killed_worker_is_replaced_and_the_other_answers(server: Server, body: dict[str, Any]) -> None:
    killed, *_ = server.workers()
    outcomes: list[int] = []
    stop = threading.Event()

    def client() -> None:
        while not stop.is_set():
            try:
                outcomes.append(analyze(server, body).status_code)
            except requests.ConnectionError:
                outcomes.append(0)

    clients = [threading.Thread(target=client) for _ in range(4)]
    for thread in clients:
        thread.start()
    time.sleep(1)
    os.kill(killed.pid, signal.SIGKILL)
    deadline = time.monotonic() + 90
    log = server.log.read_text
    while log().count('"ready: model') < 3:  # two at the start, one again
        assert time.monotonic() < deadline, log()
        time.sleep(0.2)
    time.sleep(1)
    stop.set()
    for thread in clients:
        thread.join(timeout=60)
    assert set(outcomes) <= {0, 200}
    assert outcomes.count(0) <= len(clients)  # those whose request was in it
    assert outcomes.count(200) > 20
    assert len(server.workers()) == 2 and killed not in server.workers()


def test_every_line_of_the_log_is_json_but_for_what_tensorflow_prints_by_itself(server: Server) -> None:
    lines = [line for line in server.log.read_text().splitlines() if line]
    ours = [line for line in lines if not re.match(r"WARNING: All log messages before absl|[IWE]0000 ", line)]
    assert all("message" in json.loads(line) for line in ours) and len(ours) > 5


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def test_sigterm_under_load_answers_what_was_accepted(
    tmp_path: Path, certificate: tuple[Path, Path], body: dict[str, Any]
) -> None:
    public, key = certificate
    bulk = {"images": [{"id": str(number), **body["images"][0]} | {"id": str(number)} for number in range(64)]}
    answers: list[requests.Response] = []
    with running(tmp_path, verify=public, CERTFILE=str(public), KEYFILE=str(key)) as server:
        clients = [
            threading.Thread(target=lambda: answers.append(analyze(server, bulk, headers={}, verify=str(public))))
            for _ in range(6)
        ]
        for thread in clients:
            thread.start()
        deadline = time.monotonic() + 60
        while "sidecar_images_in_flight 384.0" not in requests.get(server.url("/metrics"), verify=str(public)).text:
            assert time.monotonic() < deadline and not answers
        worker = server.workers()[0]
        server.process.send_signal(signal.SIGTERM)
        for thread in clients:
            thread.join(timeout=60)
        assert [response.status_code for response in answers] == [200] * 6
        assert all(len(response.json()["results"]) == 64 for response in answers)
        assert server.process.wait(60) == 0
        assert not psutil.pid_exists(worker.pid)
        with pytest.raises(OSError):
            server.connect()
