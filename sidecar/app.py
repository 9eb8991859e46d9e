"""The Flask application: its parts, and one place where errors become JSON."""

from typing import Any

from apiflask import APIFlask, HTTPError

from sidecar.analyzer import Analyzer
from sidecar.api.analyze import NAME, analyze_blueprint
from sidecar.api.body import JsonRequest
from sidecar.api.context import current_context
from sidecar.api.intake import add_intake
from sidecar.api.schemas import FAILURE, first_problem
from sidecar.api.service import HEALTH, health_blueprint, service_blueprint
from sidecar.api.specification import complete
from sidecar.errors import Busy, SidecarError, Unauthorized, Unavailable
from sidecar.settings import Settings

ANALYZER = "analyzer"


def create_app(settings: Settings | None = None, analyzer: Analyzer | None = None) -> APIFlask:
    """The application, not yet ready: its analyzer must `load` (gunicorn.conf.py does) before it answers."""
    settings = settings or Settings()
    app = APIFlask(__name__, title="image-synset sidecar", version="1", spec_path="/openapi.json", docs_path=None)
    app.request_class = JsonRequest
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config["HTTP_ERROR_SCHEMA"] = app.config["VALIDATION_ERROR_SCHEMA"] = FAILURE
    app.json.sort_keys = False  # type: ignore[attr-defined]  # concepts come largest first
    analyzer = app.extensions[ANALYZER] = analyzer or Analyzer(settings)
    token = settings.token.get_secret_value() if settings.token else None
    add_intake(app, token, analyzer.metrics, open_to_all=HEALTH, logged=NAME)
    app.register_blueprint(analyze_blueprint(settings, analyzer))
    app.register_blueprint(service_blueprint(settings, analyzer))
    app.register_blueprint(health_blueprint(analyzer))
    _add_error_handlers(app, settings)

    @app.spec_processor
    def specification(made: Any) -> Any:
        return complete(made, secured=token is not None)

    return app


def _add_error_handlers(app: APIFlask, settings: Settings) -> None:
    def body(type_: str, reason: str) -> dict[str, dict[str, str]]:
        current_context().error = type_
        return {"error": {"type": type_, "reason": reason}}

    @app.errorhandler(SidecarError)
    def sidecar_error(error: SidecarError) -> tuple[dict[str, Any], int, dict[str, str]]:
        headers = {}
        if isinstance(error, Unavailable):
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, Unauthorized):
            headers["WWW-Authenticate"] = 'Bearer realm="image-synset"'
        return body(error.type, error.reason), error.status, headers

    @app.errorhandler(MemoryError)
    def out_of_memory(error: MemoryError) -> tuple[dict[str, Any], int, dict[str, str]]:
        app.logger.warning("out of memory while a request was answered", exc_info=error)
        return sidecar_error(Busy("there was not enough memory: try again later", retry_after=5))

    @app.error_processor
    def http_error(error: HTTPError) -> tuple[dict[str, Any], int, Any]:
        if error.status_code == 422:
            return body("invalid_request", first_problem(error.detail)), 422, error.headers
        if error.status_code == 413:
            limit = f"expected at most {settings.max_request_bytes} bytes in a request (SIDECAR_MAX_REQUEST_BYTES)"
            return body("request_too_large", limit), 413, error.headers
        if error.status_code == 400:
            return body("invalid_json", "expected a body of JSON, see /openapi.json"), 400, error.headers
        if error.status_code == 500:
            return body("internal_error", "the sidecar failed; its log says why"), 500, error.headers
        return body("http_error", error.message or ""), error.status_code, error.headers
