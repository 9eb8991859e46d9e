"""What keeps other web pages, and what is written in documents, from doing harm in the browser."""

import ipaddress
import socket
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from werkzeug.exceptions import BadRequest, Forbidden

from scripts.local.host.ports import LOOPBACK

_LOOPBACK_NAMES = {LOOPBACK, "localhost"}

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    # thumbnails come within documents; blob: is the photo that was just chosen
    "img-src": "'self' data: blob:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    # no string becomes HTML or script, whatever the page's own code does
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}

_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def protect(app: Flask, host: str, name: str | None = None) -> None:
    """Answer the gallery's own pages only, and add the headers to every answer.

    `host` is the address listened on, `name` what browsers call it beside that.
    """

    @app.before_request
    def refuse_other_sites() -> None:
        if not _is_own_name(request.host, host, name):
            raise BadRequest("Expected this machine's address or its own name in the header Host, received another.")
        if not _is_same_origin(request):
            raise Forbidden("Expected a request of the gallery's own page, received one of another site.")

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(_HEADERS)
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response


def _is_same_origin(request: Request) -> bool:
    """A link from elsewhere may open the page; what is not a page's GET must come from the page itself."""
    if request.method in ("GET", "HEAD"):
        return True
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return False
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def _is_own_name(given: str, host: str, public: str | None) -> bool:
    """Other names can be made to resolve to this machine by whoever owns them (DNS rebinding); addresses can't."""
    try:
        name = urlsplit(f"//{given}").hostname or ""
    except ValueError:
        return False
    if public is not None and name == public:
        return True
    if host == LOOPBACK:
        return name in _LOOPBACK_NAMES
    own = socket.gethostname().lower()
    return name in {host, own, f"{own}.local", *_LOOPBACK_NAMES} or is_address(name)


def is_address(text: str) -> bool:
    """Whether it is an IP address, not a name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
