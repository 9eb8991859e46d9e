"""What keeps other web pages, and what is written in documents, from doing harm in the browser."""

from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from werkzeug.exceptions import Forbidden

# other names can be made to resolve to this machine by whoever owns them (DNS rebinding)
TRUSTED_HOSTS = ["127.0.0.1", "localhost"]

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


def protect(app: Flask) -> None:
    """Answer this machine's own pages only, and add the headers to every answer."""
    app.config["TRUSTED_HOSTS"] = TRUSTED_HOSTS

    @app.before_request
    def refuse_other_sites() -> None:
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
