"""What happens to every request before its route and after it: id, who may ask, log line."""

import hmac
import logging
import time
from typing import Any

from flask import Flask, Response, request

from sidecar.api.context import begin_context, current_context, has_context
from sidecar.errors import OtherSite, Unauthorized
from sidecar.host.logs import accepted_request_id, request_id
from sidecar.host.metrics import Metrics

log = logging.getLogger("sidecar.request")


def add_intake(app: Flask, token: str | None, metrics: Metrics, *, open_to_all: str, logged: str) -> None:
    """Register it all.

    `open_to_all` names the blueprint that needs no token, `logged` the one that has a log line for each request.
    """

    @app.before_request
    def begin() -> None:
        begin_context()
        request_id.set(accepted_request_id(request.headers.get("X-Request-Id")))
        metrics.requests_in_flight.inc()
        _check_site()
        if token is not None and request.blueprint != open_to_all:
            _check_token(token.encode())

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = request_id.get() or ""
        if has_context():
            _report(response, metrics, always=request.blueprint == logged)
        return response

    @app.teardown_request
    def release(_: BaseException | None) -> None:
        if has_context():
            metrics.requests_in_flight.dec()
            if (reservation := current_context().reservation) is not None:
                reservation.release()
        request_id.set(None)


def _check_site() -> None:
    """Pages of other sites may send requests to this machine, and no page of its own uses this service."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        raise OtherSite
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise OtherSite


def _check_token(token: bytes) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # the header is Latin-1 on the wire; the comparison takes the same time wherever they differ
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode("latin-1", "replace"), token):
        raise Unauthorized


def _report(response: Response, metrics: Metrics, *, always: bool) -> None:
    context = current_context()
    seconds = time.monotonic() - context.started
    facts: dict[str, Any] = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
    }
    if response.status_code >= 400:
        facts["error"] = context.error or "internal_error"
        metrics.errors.labels(facts["error"]).inc()
    if always:
        metrics.request.observe(seconds)
    if context.images:
        facts["images"] = context.images
    if context.failed:
        facts["failed"] = dict(context.failed)
    # probes and scrapes come every few seconds and say nothing while all is well
    quiet = not always and response.status_code < 400
    log.log(logging.DEBUG if quiet else logging.INFO, "request", extra=facts)
