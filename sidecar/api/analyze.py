"""POST /v1/analyze: who goes first, room for its body, and results as the API has them."""

import math
import re
from collections import Counter

from apiflask import APIBlueprint
from flask import Response, request

from sidecar.analyzer import Analyzer
from sidecar.api.body import CountedBody
from sidecar.api.context import current_context
from sidecar.api.schemas import (
    MAX_QUOTED,
    AnalyzeRequest,
    AnalyzeResponse,
    ErrorOut,
    ImageFacts,
    ResultOut,
    SynsetOut,
    model_out,
)
from sidecar.errors import ImageError, RequestError
from sidecar.pipeline import Analysis, Options
from sidecar.scheduling.admission import Reservation
from sidecar.scheduling.priority import Level, Priority
from sidecar.settings import Settings

NAME, PATH = "analyze", "/v1/analyze"
LEVELS = {level.name.lower(): level for level in Level}
LONGEST_DEADLINE_MS = 3_600_000


def analyze_blueprint(settings: Settings, analyzer: Analyzer) -> APIBlueprint:
    """Its one route, with what comes before it."""
    blueprint = APIBlueprint(NAME, __name__, tag="sidecar")

    @blueprint.before_request
    def admit() -> None:
        _check_type()
        context = current_context()
        context.priority = _priority(context.started)
        context.reservation = Reservation(analyzer.admission, context.priority)
        _count_body(context.reservation, settings)

    @blueprint.post(PATH)
    @blueprint.input(AnalyzeRequest, arg_name="body")
    @blueprint.output(AnalyzeResponse)
    @blueprint.doc(summary="Analyze images", responses=[400, 408, 413, 415, 503])
    def analyze(body: AnalyzeRequest) -> Response:
        if len(body.images) > settings.max_images:
            raise RequestError(
                422,
                "too_many_images",
                f"expected at most {settings.max_images} images (SIDECAR_MAX_IMAGES); received {len(body.images)}",
            )
        context = current_context()
        context.images = len(body.images)
        options = Options(body.top_k, body.thumbnail, body.features)
        answer = analyzer.analyze(
            [image.image for image in body.images], options, context.priority, context.reservation
        )
        context.failed = Counter(result.type for result in answer.results if isinstance(result, ImageError))
        results = [_result(image.id, result) for image, result in zip(body.images, answer.results, strict=True)]
        response = AnalyzeResponse(model=model_out(answer.model), results=results)
        return Response(response.as_json(), content_type="application/json")

    return blueprint


def _check_type() -> None:
    if not request.is_json:
        raise RequestError(
            415,
            "unsupported_media_type",
            f"expected Content-Type: application/json; received {(request.content_type or 'none')[:MAX_QUOTED]}",
        )


def _priority(started: float) -> Priority:
    level = request.headers.get("X-Priority", "ingest")
    if level not in LEVELS:
        raise _bad_header("X-Priority", f"one of {', '.join(LEVELS)}", level)
    milliseconds = request.headers.get("X-Deadline-Ms")
    if milliseconds is None:
        return Priority(LEVELS[level], math.inf)
    if not re.fullmatch("[0-9]{1,7}", milliseconds) or not 1 <= int(milliseconds) <= LONGEST_DEADLINE_MS:
        raise _bad_header("X-Deadline-Ms", f"milliseconds, 1 to {LONGEST_DEADLINE_MS}", milliseconds)
    return Priority(LEVELS[level], started + int(milliseconds) / 1000)


def _bad_header(name: str, expected: str, received: str) -> RequestError:
    return RequestError(422, "invalid_request", f"headers {name}: expected {expected}; received {received[:40]!r}")


def _count_body(reservation: Reservation, settings: Settings) -> None:
    if (request.content_length or 0) > settings.max_request_bytes:
        return  # refused with 413 when the route asks for it, unread
    # gunicorn's: each wait for the client, in either direction, is bounded by itself
    if (socket := request.environ.get("gunicorn.socket")) is not None:
        socket.settimeout(settings.read_timeout)
    body = CountedBody(request.environ["wsgi.input"], reservation, settings.read_timeout)
    request.environ["wsgi.input"] = body


def _result(id_: str, result: Analysis | ImageError) -> ResultOut:
    if isinstance(result, ImageError):
        return ResultOut(id=id_, error=ErrorOut(type=result.type, reason=result.reason))
    return ResultOut(
        id=id_,
        synsets=[
            SynsetOut(name=synset.name, wind=synset.wind, words=synset.label, score=score)
            for synset, score in result.synsets
        ],
        concepts=result.concepts,
        image=ImageFacts.model_validate(result.facts),
        thumbnail=result.thumbnail,
        features=None if result.features is None else result.features.tolist(),
    )
