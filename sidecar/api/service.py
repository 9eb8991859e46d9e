"""The routes that tell of the service itself: the model, its vocabulary, health, numbers."""

from apiflask import APIBlueprint
from flask import Response

from sidecar.analyzer import Analyzer
from sidecar.api.schemas import MAX_TOP_K, Health, LimitsOut, ModelDetails, VocabularyOut, model_out
from sidecar.errors import NotReady
from sidecar.host.metrics import CONTENT_TYPE
from sidecar.settings import Settings

HEALTH = "health"


def service_blueprint(settings: Settings, analyzer: Analyzer) -> APIBlueprint:
    """What is served, and how it does."""
    blueprint = APIBlueprint("service", __name__, tag="sidecar")

    @blueprint.get("/v1/model")
    @blueprint.output(ModelDetails)
    @blueprint.doc(summary="The model being served, and the limits of a request", responses=[503])
    def model() -> ModelDetails:
        serving = analyzer.serving
        row = serving.model.row
        return ModelDetails(
            **model_out(serving.model).model_dump(),
            runtime=serving.runtime.name,
            input_size=row.size,
            classes=len(row.vocabulary.classes),
            multi_label=row.multi_label,
            features=serving.runtime.features,
            limits=LimitsOut(
                max_images=settings.max_images,
                max_request_bytes=settings.max_request_bytes,
                max_image_bytes=settings.max_image_bytes,
                max_pixels=settings.max_pixels,
                max_photo_pixels=settings.max_photo_pixels,
                max_top_k=MAX_TOP_K,
            ),
        )

    @blueprint.get("/v1/vocabulary")
    @blueprint.output(VocabularyOut)
    @blueprint.doc(summary="The names that the model's answers use", responses=[503])
    def vocabulary() -> Response:
        return Response(analyzer.serving.model.row.vocabulary.encoded, content_type="application/json")

    @blueprint.get("/metrics")
    @blueprint.doc(summary="Numbers for Prometheus", responses={200: "Prometheus's text format"})
    def metrics() -> Response:
        return Response(analyzer.metrics.render(), content_type=CONTENT_TYPE)

    return blueprint


def health_blueprint(analyzer: Analyzer) -> APIBlueprint:
    """Whether it lives and is ready: for everybody, without a token."""
    blueprint = APIBlueprint(HEALTH, __name__, tag="sidecar")

    @blueprint.get("/health/live")
    @blueprint.output(Health)
    @blueprint.doc(summary="Whether the process answers")
    def live() -> Health:
        return Health(status="live")

    @blueprint.get("/health/ready")
    @blueprint.output(Health)
    @blueprint.doc(summary="Whether the model is loaded and warmed, and runs", responses=[503])
    def ready() -> Health:
        if not analyzer.ready:
            raise NotReady
        return Health(status="ready")

    return blueprint
