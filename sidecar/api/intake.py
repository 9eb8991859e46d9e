"""What happens to every request before its route and after it: id, token, room for its body, log line."""

import hmac
import logging
import math
import re
import time
from typing import Any, BinaryIO

from flask import Flask, Response, g, request

from sidecar.errors import RequestError, Unauthorized
from sidecar.host.logs import accepted_request_id, request_id
from sidecar.host.metrics import Metrics
from sidecar.scheduling.admission import Admission, Held
from sidecar.scheduling.priority import Priority, Urgency
from sidecar.settings import Settings

log = logging.getLogger("sidecar.request")

ANALYZE = "/v1/analyze"
PRIORITIES = {priority.name.lower(): priority for priority in Priority}
LONGEST_DEADLINE_MS = 3_600_000

# a body is held twice for a moment: as it came, and as the text parsed from it
_COPIES = 2


def add_intake(app: Flask, settings: Settings, admission: Admission, metrics: Metrics) -> None:
    """Register it all; `g.held` and `g.urgency` are for the route, which leaves `g.images` and `g.failed`."""
    token = settings.token.get_secret_value().encode() if settings.token else None

    @app.before_request
    def begin() -> None:
        g.begun = time.monotonic()
        g.error_type = None
        request_id.set(accepted_request_id(request.headers.get("X-Request-Id")))
        metrics.requests_in_flight.inc()
        g.counted = True
        if token is not None and not request.path.startswith("/health/"):
            _check_token(token)
        if request.path == ANALYZE and request.method == "POST":
            _check_type()
            g.urgency = _urgency()
            g.held = Held(admission, g.urgency)
            _count_body(g.held, settings)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = request_id.get() or ""
        if "begun" in g:
            _report(response, metrics)
        return response

    @app.teardown_request
    def release(_: BaseException | None) -> None:
        if g.pop("counted", False):
            metrics.requests_in_flight.dec()
        if held := g.pop("held", None):
            held.release()


def _check_token(token: bytes) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # the header is Latin-1 on the wire; the comparison takes the same time wherever they differ
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode("latin-1", "replace"), token):
        raise Unauthorized


def _check_type() -> None:
    if not request.is_json:
        raise RequestError(
            415,
            "unsupported_media_type",
            f"expected Content-Type: application/json; received {request.content_type or 'none'}",
        )


def _urgency() -> Urgency:
    priority = request.headers.get("X-Priority", "ingest")
    if priority not in PRIORITIES:
        raise _bad_header("X-Priority", f"one of {', '.join(PRIORITIES)}", priority)
    milliseconds = request.headers.get("X-Deadline-Ms")
    if milliseconds is None:
        return Urgency(PRIORITIES[priority], math.inf)
    if not re.fullmatch("[0-9]{1,7}", milliseconds) or not 1 <= int(milliseconds) <= LONGEST_DEADLINE_MS:
        raise _bad_header("X-Deadline-Ms", f"milliseconds, 1 to {LONGEST_DEADLINE_MS}", milliseconds)
    return Urgency(PRIORITIES[priority], g.begun + int(milliseconds) / 1000)


def _bad_header(name: str, expected: str, received: str) -> RequestError:
    return RequestError(422, "invalid_request", f"headers {name}: expected {expected}; received {received[:40]!r}")


def _count_body(held: Held, settings: Settings) -> None:
    if (request.content_length or 0) > settings.max_request_bytes:
        return  # refused with 413 when the route asks for it, unread
    # gunicorn's: each wait for the client, in either direction, is bounded by itself
    if (socket := request.environ.get("gunicorn.socket")) is not None:
        socket.settimeout(settings.read_timeout)
    request.environ["wsgi.input"] = _CountedBody(request.environ["wsgi.input"], held, settings.read_timeout)


class _CountedBody:
    """A request's body that asks for room as it comes: a slow client reserves nothing that it has not sent."""

    def __init__(self, body: BinaryIO, held: Held, seconds: float) -> None:
        self._body, self._held, self._seconds = body, held, seconds
        self._deadline = time.monotonic() + seconds

    def read(self, size: int = -1) -> bytes:
        """See `io.RawIOBase`."""
        try:
            data = self._body.read(size)
        except TimeoutError:
            raise self._too_slow() from None
        self._held.add(size=_COPIES * len(data))
        if time.monotonic() > self._deadline:
            raise self._too_slow()
        return data

    def _too_slow(self) -> RequestError:
        return RequestError(
            408, "request_timeout", f"expected the body within {self._seconds:g} s (SIDECAR_READ_TIMEOUT)"
        )


def _report(response: Response, metrics: Metrics) -> None:
    seconds = time.monotonic() - g.begun
    facts: dict[str, Any] = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
    }
    if response.status_code >= 400:
        facts["error"] = g.error_type or "internal_error"
        metrics.errors.labels(facts["error"]).inc()
    if request.path == ANALYZE:
        metrics.request.observe(seconds)
        facts |= {name: g.get(name) for name in ("images", "failed") if g.get(name)}
    # probes and scrapes come every few seconds and say nothing while all is well
    quiet = request.path != ANALYZE and response.status_code < 400
    log.log(logging.DEBUG if quiet else logging.INFO, "request", extra=facts)
