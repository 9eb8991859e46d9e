"""What /openapi.json says beyond the bodies: headers, in and out, and the token."""

from typing import Any

from sidecar.api.analyze import LEVELS, LONGEST_DEADLINE_MS, PATH
from sidecar.api.schemas import FAILURE
from sidecar.host.metrics import CONTENT_TYPE


def _header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": False, "description": description, "schema": schema}


_REQUEST_ID = _header(
    "X-Request-Id",
    "Returned in the answer and written to the log. If it is absent or has other characters, a new one replaces it.",
    {"type": "string"},
)
_ANALYZE = (
    _header(
        "X-Priority",
        "Whether a user waits for the answer (search) or not (ingest); searches go first.",
        {"type": "string", "enum": list(LEVELS), "default": "ingest"},
    ),
    _header(
        "X-Deadline-Ms",
        "How long the client waits, in milliseconds; work that has not started by then is dropped.",
        {"type": "integer", "minimum": 1, "maximum": LONGEST_DEADLINE_MS},
    ),
)
_OUT = {
    "X-Request-Id": {"description": "The request's id.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}},
}


def complete(specification: dict[str, Any], *, secured: bool) -> dict[str, Any]:
    """Add to what APIFlask made from the routes; `secured`: a token is set."""
    if secured:
        specification.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, operations in specification["paths"].items():
        open_to_all = path.startswith("/health/")
        for operation in operations.values():
            operation.setdefault("parameters", []).append(_REQUEST_ID)
            if path == PATH:
                operation["parameters"] += _ANALYZE
                operation["requestBody"]["required"] = True
            if path == "/metrics":
                operation["responses"]["200"]["content"] = {CONTENT_TYPE: {"schema": {"type": "string"}}}
            if secured and not open_to_all:
                operation["security"] = [{"token": []}]
                operation["responses"]["401"] = {
                    "description": "No token, or another than SIDECAR_TOKEN",
                    "content": {"application/json": {"schema": FAILURE}},
                }
            operation["responses"]["403"] = {
                "description": "A browser sent it for a page of another site",
                "content": {"application/json": {"schema": FAILURE}},
            }
            for status, response in operation["responses"].items():
                response["headers"] = {"X-Request-Id": _OUT["X-Request-Id"]}
                if str(status) == "503":
                    response["headers"]["Retry-After"] = _OUT["Retry-After"]
                if str(status) == "401":
                    response["headers"]["WWW-Authenticate"] = _OUT["WWW-Authenticate"]
    return specification
