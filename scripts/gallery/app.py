"""The gallery's Flask application: one page, and three searches that answer in JSON."""

from typing import Any, TypeVar

import elasticsearch
from elasticsearch import Elasticsearch
from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, UnsupportedMediaType

from scripts.gallery.login import Login, require
from scripts.gallery.protection import protect
from scripts.gallery.schemas import (
    MAX_IMAGE_BYTES,
    MAX_REQUEST_BYTES,
    FacetsRequest,
    SearchRequest,
    SynsetsRequest,
    WordsRequest,
)
from scripts.gallery.searches import Searches
from scripts.local.host.ports import LOOPBACK
from scripts.shared.errors import CliError, translated

MAX_QUOTED = 100
"""Characters that an error repeats of what was sent."""

Model = TypeVar("Model", bound=BaseModel)


def create_app(
    es: Elasticsearch, index: str, login: Login | None = None, host: str = LOOPBACK, name: str | None = None
) -> Flask:
    """The application for one index.

    Args:
        es: its only connection.
        index: the name that it searches in.
        login: what lets a browser in; None: whoever reaches the port may search, as tests and measurements do.
        host: the address that it listens on.
        name: the host's name or address that browsers have for it, where that is another.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.autoescape = True  # Flask's own choice goes by file names that end in .html
    protect(app, host, name)
    if login is not None:
        require(app, login)
    searches = Searches(es, index)

    @app.get("/")
    def page() -> str:
        return render_template("gallery.html.j2", index=index, max_image_bytes=MAX_IMAGE_BYTES)

    @app.post("/api/search")
    def search() -> dict[str, Any]:
        return searches.hits(_asked(SearchRequest))

    @app.post("/api/facets")
    def facets() -> dict[str, Any]:
        return searches.facets(_asked(FacetsRequest))

    @app.get("/words")
    def words_page() -> str:
        return render_template("words.html.j2", index=index, words=searches.words("", 5000))

    @app.post("/api/words")
    def words() -> dict[str, Any]:
        return {"words": searches.words(_asked(WordsRequest).beginning, 8)}

    @app.post("/api/synsets")
    def synsets() -> dict[str, Any]:
        asked = _asked(SynsetsRequest)
        if asked.image is not None:
            return searches.synsets_of_image(asked.image)
        assert asked.like is not None
        return searches.synsets_of_document(asked.like)

    _answer_errors_in_json(app, es)
    return app


def _asked(model: type[Model]) -> Model:
    """The request's body. Only JSON is taken: no other site's form can send that.

    Raises:
        ValidationError: it is not JSON (or nested too deeply), or not as the model says.
    """
    if not request.is_json:
        raise UnsupportedMediaType("Expected a request of type application/json.")
    return model.model_validate_json(request.get_data())


def _answer_errors_in_json(app: Flask, es: Elasticsearch) -> None:
    """All errors look alike: `{"error": {"status", "reason"}}`."""

    def answer(status: int, reason: str) -> ResponseReturnValue:
        return jsonify(error={"status": status, "reason": reason}), status

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        return answer(error.code or 500, error.description or error.name)

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
        megabytes = MAX_IMAGE_BYTES // 2**20
        return answer(413, f"Expected a photo of at most {megabytes} MB. Make it smaller and try again.")

    @app.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> ResponseReturnValue:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        # the names in it are whatever was sent
        where = ".".join(map(str, first["loc"]))[:MAX_QUOTED]
        return answer(400, f"{where}: {first['msg']}" if where else first["msg"])

    @app.errorhandler(CliError)
    def expected(error: CliError) -> ResponseReturnValue:
        return answer(error.http_status, error.message)

    @app.errorhandler(elasticsearch.ApiError)
    @app.errorhandler(elasticsearch.TransportError)
    def elasticsearch_error(error: elasticsearch.ApiError | elasticsearch.TransportError) -> ResponseReturnValue:
        return expected(translated(error, next(iter(es.transport.node_pool.all())).base_url))
