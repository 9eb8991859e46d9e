"""The Flask application: thin routes over `Analyzer`, and one place where errors become JSON."""

from collections import Counter
from typing import Any

from apiflask import APIFlask, HTTPError
from flask import Response, g

from sidecar.analyzer import Analyzer
from sidecar.api.intake import ANALYZE, add_intake
from sidecar.api.schemas import (
    FAILURE,
    MAX_TOP_K,
    AnalyzeRequest,
    AnalyzeResponse,
    Health,
    LimitsOut,
    ModelDetails,
    VocabularyOut,
    first_problem,
)
from sidecar.api.specification import complete
from sidecar.errors import NotReady, RequestError, SidecarError, Unauthorized, Unavailable
from sidecar.host.metrics import CONTENT_TYPE
from sidecar.settings import Settings

ANALYZER = "analyzer"


def create_app(settings: Settings | None = None, analyzer: Analyzer | None = None) -> APIFlask:
    """The application, not yet ready: its analyzer must `load` (gunicorn.conf.py does) before it answers."""
    settings = settings or Settings()
    app = APIFlask(__name__, title="image-synset sidecar", version="1", spec_path="/openapi.json", docs_path=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config["HTTP_ERROR_SCHEMA"] = app.config["VALIDATION_ERROR_SCHEMA"] = FAILURE
    app.json.sort_keys = False  # type: ignore[attr-defined]  # concepts come largest first
    analyzer = app.extensions[ANALYZER] = analyzer or Analyzer(settings)
    add_intake(app, settings, analyzer.admission, analyzer.metrics)
    _add_error_handlers(app, settings)

    @app.spec_processor
    def specification(made: Any) -> Any:
        return complete(made, secured=settings.token is not None)

    @app.post(ANALYZE)
    @app.input(AnalyzeRequest, arg_name="body")
    @app.output(AnalyzeResponse)
    @app.doc(summary="Say what is in some images", responses=[400, 408, 413, 415, 503])
    def analyze(body: AnalyzeRequest) -> dict[str, Any]:
        if len(body.images) > settings.max_images:
            raise RequestError(
                422,
                "too_many_images",
                f"expected at most {settings.max_images} images (SIDECAR_MAX_IMAGES); received {len(body.images)}",
            )
        images = [(image.id, image.image) for image in body.images]
        g.images = len(images)
        answer = analyzer.analyze(
            images, body.top_k, body.thumbnail, features=body.features, urgency=g.urgency, held=g.held
        )
        g.failed = Counter(result["error"]["type"] for result in answer["results"] if "error" in result)
        return answer

    @app.get("/v1/model")
    @app.output(ModelDetails)
    @app.doc(summary="The model being served, and the limits of a request", responses=[503])
    def model() -> dict[str, Any]:
        limits = LimitsOut(
            max_images=settings.max_images,
            max_request_bytes=settings.max_request_bytes,
            max_image_bytes=settings.max_image_bytes,
            max_pixels=settings.max_pixels,
            max_top_k=MAX_TOP_K,
        )
        return {**analyzer.model_details(), "limits": limits}

    @app.get("/v1/vocabulary")
    @app.output(VocabularyOut)
    @app.doc(summary="The names that the model's answers use", responses=[503])
    def vocabulary() -> Response:
        return Response(analyzer.vocabulary(), content_type="application/json")

    @app.get("/health/live")
    @app.output(Health)
    @app.doc(summary="Whether the process answers")
    def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready")
    @app.output(Health)
    @app.doc(summary="Whether the model is loaded and warmed", responses=[503])
    def ready() -> dict[str, str]:
        if not analyzer.ready:
            raise NotReady
        return {"status": "ready"}

    @app.get("/metrics")
    @app.doc(summary="Numbers for Prometheus", responses={200: "Prometheus's text format"})
    def metrics() -> Response:
        return Response(analyzer.metrics.render(), content_type=CONTENT_TYPE)

    return app


def _add_error_handlers(app: APIFlask, settings: Settings) -> None:
    def body(type_: str, reason: str) -> dict[str, dict[str, str]]:
        g.error_type = type_
        return {"error": {"type": type_, "reason": reason}}

    @app.errorhandler(SidecarError)
    def sidecar_error(error: SidecarError) -> tuple[dict[str, Any], int, dict[str, str]]:
        headers = {}
        if isinstance(error, Unavailable):
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, Unauthorized):
            headers["WWW-Authenticate"] = 'Bearer realm="image-synset"'
        return body(error.type, error.reason), error.status, headers

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
