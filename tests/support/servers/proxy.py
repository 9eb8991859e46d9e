"""A real HTTP proxy between node and sidecar that delays, garbles and drops answers."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests


@dataclass(frozen=True)
class Answer:
    """What the sidecar said, how long it took, and what it was asked."""

    status: int
    content_type: str
    body: bytes
    seconds: float
    asked: bytes = b""


Fault = Callable[[Answer], Answer | None]
"""Makes of an analysis what the node is to see; None is a connection that breaks without an answer."""


class FaultyProxy:
    """Passes on what is asked; `fault`, while it is set, changes the answers to analyses and to nothing else."""

    def __init__(self) -> None:
        self.target = ""
        self.fault: Fault | None = None
        self._listen(0)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _listen(self, port: int) -> None:
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = _Server(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nobody listens, and connections that are open already break."""
        self.close()
        self.fault = _nothing
        try:
            yield
        finally:
            self.fault = None
            self._listen(int(self.url.rsplit(":", 1)[1]))

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection broke: that is what this proxy is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultyProxy

    def do_GET(self) -> None:
        self._answer(self._ask("GET", None))

    def do_POST(self) -> None:
        answer = self._ask("POST", self.rfile.read(int(self.headers["Content-Length"])))
        fault = self.proxy.fault
        self._answer(fault(answer) if fault and answer else answer)

    def _ask(self, method: str, body: bytes | None) -> Answer | None:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        started = time.monotonic()
        try:
            answer = requests.request(method, self.proxy.target + self.path, data=body, headers=headers, timeout=120)
        except requests.RequestException:
            return None
        took = time.monotonic() - started
        return Answer(answer.status_code, answer.headers.get("Content-Type", ""), answer.content, took, body or b"")

    def _answer(self, answer: Answer | None) -> None:
        self.close_connection = answer is None
        if answer is None:
            return
        try:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:
            self.close_connection = True  # the node waits no longer, or is gone

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep the tests' output to itself."""


def slowed(times: float) -> Fault:
    """The sidecar does so many times less in the same time."""
    one_at_a_time = threading.Lock()

    def slow(answer: Answer) -> Answer:
        with one_at_a_time:
            time.sleep((times - 1) * answer.seconds)
        return answer

    return slow


def delayed(seconds: float) -> Fault:
    """Each answer comes so much later."""

    def delay(answer: Answer) -> Answer:
        time.sleep(seconds)
        return answer

    return delay


def garbage() -> Fault:
    """Ever another answer that nobody can use."""
    kinds = itertools.cycle((_page, _half, _other_ids, _impossible_scores, _server_error, _nothing))
    return lambda answer: next(kinds)(answer)


def on_images_with(marks: list[str], fault: Fault) -> Fault:
    """Only where one of the images holds one of these texts."""
    return lambda answer: fault(answer) if any(mark.encode() in answer.asked for mark in marks) else answer


def says(status: int, content_type: str, body: bytes) -> Fault:
    """Always the same answer."""
    return lambda _: Answer(status, content_type, body, 0)


def _page(answer: Answer) -> Answer:
    return Answer(200, "text/html", b"<h1>It works!</h1>", 0)


def _half(answer: Answer) -> Answer:
    return Answer(200, answer.content_type, answer.body[: len(answer.body) // 2], 0)


def _other_ids(answer: Answer) -> Answer:
    return _changed(answer, lambda result: result | {"id": f"no-{result['id']}"})


def _impossible_scores(answer: Answer) -> Answer:
    def change(result: dict[str, object]) -> dict[str, object]:
        synsets = [{"name": "tabby", "wind": "n02123045", "words": "tabby", "score": float("nan")}]
        return result | {"synsets": synsets}

    return _changed(answer, change)


def _server_error(answer: Answer) -> Answer:
    return Answer(500, "application/json", b'{"error": {"type": "internal_error", "reason": "made by a test"}}', 0)


def _nothing(answer: Answer) -> None:
    return None


def _changed(answer: Answer, change: Callable[[dict[str, object]], dict[str, object]]) -> Answer:
    if answer.status != 200:
        return answer
    content = json.loads(answer.body)
    content["results"] = [change(result) for result in content["results"]]
    return Answer(200, answer.content_type, json.dumps(content).encode(), 0)
