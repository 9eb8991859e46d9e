"""The bodies of HTTP API v1, as they appear in /openapi.json."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sidecar.models.loading import LoadedModel

MAX_TOP_K = 1000

MAX_QUOTED = 100
"""Characters that an error repeats of what was sent."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _whole(value: Any) -> Any:
    # 10.0 is an integer to JSON
    return int(value) if isinstance(value, float) and value.is_integer() else value


class ImageIn(_Strict):
    """One image of a request."""

    id: Annotated[str, Field(min_length=1, max_length=512, description="Any text; comes back with the result.")]
    image: Annotated[str, Field(description="An image file as base64 or as a data: URL.")]


class AnalyzeRequest(_Strict):
    """What to analyze, and how."""

    images: Annotated[list[ImageIn], Field(min_length=1)]
    top_k: Annotated[int, Field(ge=1, le=MAX_TOP_K, description="Synsets per image."), BeforeValidator(_whole)] = 10
    thumbnail: Annotated[
        int | None,
        Field(ge=16, le=512, description="Longest side of a JPEG thumbnail in pixels; none when absent."),
        BeforeValidator(_whole),
    ] = None
    features: Annotated[bool, Field(description="Whether to give the penultimate layer's output too.")] = False


class SynsetOut(BaseModel):
    """One class of the answer."""

    name: str
    wind: Annotated[str, Field(description="The class's id; its name where it has none.")]
    words: Annotated[str, Field(description="The class's label.")]
    score: Annotated[float, Field(ge=0, le=1)]


class ImageFacts(BaseModel):
    """Facts of the image file; width and height as people see it, after EXIF orientation."""

    model_config = ConfigDict(from_attributes=True)

    sha256: str
    format: str
    width: int
    height: int
    bytes: int


class ErrorOut(BaseModel):
    """`type` for programs, `reason` for people."""

    type: str
    reason: str


class ResultOut(BaseModel):
    """One image's result, or its error in its place; what does not apply is absent."""

    id: str
    synsets: Annotated[list[SynsetOut] | None, Field(description="Highest score first.")] = None
    concepts: Annotated[
        dict[str, float] | None, Field(description="Probability mass under WordNet concepts, largest first.")
    ] = None
    image: ImageFacts | None = None
    thumbnail: Annotated[str | None, Field(description="Base64 of a JPEG.")] = None
    features: Annotated[
        list[float] | None,
        Field(description="Penultimate layer, single precision, not normalized; as many as GET /v1/model says."),
    ] = None
    error: ErrorOut | None = None


class VocabularyStamp(BaseModel):
    """Which vocabulary the names of synsets and concepts belong to: see GET /v1/vocabulary."""

    name: str
    hash: str


class ModelOut(BaseModel):
    """What answered. A document made by another `name`, `version` or hash is stale."""

    model_config = ConfigDict(protected_namespaces=())

    name: str
    version: str
    weights_sha256: str
    vocabulary: VocabularyStamp


class AnalyzeResponse(BaseModel):
    """Results in the order of the request."""

    model: ModelOut
    results: list[ResultOut]

    def as_json(self) -> str:
        """What is sent; straight to JSON, because an answer has thousands of numbers."""
        return self.model_dump_json(exclude_none=True)


class LimitsOut(BaseModel):
    """What a request may hold at most: what a client compares its own settings with."""

    max_images: int
    max_request_bytes: int
    max_image_bytes: Annotated[int, Field(description="Of one image file, before base64.")]
    max_pixels: Annotated[int, Field(description="Width × height of one image of another format.")]
    max_photo_pixels: Annotated[int, Field(description="Width × height of a JPEG or HEIC.")]
    max_top_k: int


class ModelDetails(ModelOut):
    """The model being served."""

    runtime: str
    input_size: Annotated[int, Field(description="Side of the square input in pixels.")]
    classes: int
    multi_label: Annotated[bool, Field(description="Whether scores are independent; else they sum to 1.")]
    features: Annotated[int, Field(description="Length of the penultimate layer's output.")]
    limits: LimitsOut


class ClassOut(BaseModel):
    """One class of the model."""

    name: Annotated[str, Field(description="Unique, and safe as the name of a field.")]
    label: Annotated[str, Field(description="The original text.")]
    id: Annotated[str | None, Field(description="WordNet id or another.")]
    words: Annotated[list[str], Field(description="What people call it, in any language.")]
    concept: Annotated[str, Field(description="Name of the concept that it is.")]


class ConceptOut(BaseModel):
    """A class, or what lies above some."""

    name: str
    id: str | None
    parents: Annotated[list[str], Field(description="Names of concepts.")]
    words: Annotated[list[str], Field(description="The commonest first.")]


class VocabularyOut(VocabularyStamp):
    """Classes in the order of the network's outputs, and the concepts above them."""

    classes: list[ClassOut]
    concepts: list[ConceptOut]


class Health(BaseModel):
    """State of the service."""

    status: str


# body of every answer that is not 200, as JSON schema: the form that APIFlask takes for errors
FAILURE = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["type", "reason"],
            "properties": {"type": {"type": "string"}, "reason": {"type": "string"}},
        }
    },
}


def first_problem(errors: dict[str, Any]) -> str:
    """The first of a validation's findings as one sentence."""
    for location, fields in errors.items():
        for field, messages in fields.items():
            # its name is whatever was sent
            return f"{location} {str(field)[:MAX_QUOTED]}: {messages[0]}"
    return "the request does not fit the schema at /openapi.json"


def model_out(model: LoadedModel) -> ModelOut:
    """What is stamped on every document."""
    stamp = VocabularyStamp.model_validate(model.row.vocabulary.stamp)
    return ModelOut(**model.identity, vocabulary=stamp)
