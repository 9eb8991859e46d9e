"""Our fields of a document, read into types.

Other programs write documents too: what is missing or of another kind is None here, and never an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.shared.terminal.printable import whole

Source = Mapping[str, Any]
"""A document's `_source`, or the part of it that was asked for."""

ANALYSIS = "image_analysis"
STATUS = f"{ANALYSIS}.status"
SHA256 = f"{ANALYSIS}.image.sha256"


@dataclass(frozen=True, slots=True)
class Analysis:
    """What `image_analysis` says of the document's image.

    `status` is ok, failed or pending; `error_type` and `reason` are those of its error. `model` has the keys name,
    version and weights_sha256; `schema_version` is that of the shape of our fields. `image` has facts of the image:
    sha256, format, width, height and bytes.
    """

    status: str | None = None
    error_type: str | None = None
    reason: str | None = None
    model: Mapping[str, str] = field(default_factory=dict)
    schema_version: int | None = None
    image: Mapping[str, Any] = field(default_factory=dict)
    has_features: bool = False

    @property
    def ok(self) -> bool:
        return self.status == "ok"

    def made_as(self, now: "Analysis") -> bool:
        """Whether it has the model and the shape of `now`.

        Where `now` has no model there is no sidecar: then what is there is as good as it gets.
        """
        return not now.model or (self.model == now.model and now.schema_version in (None, self.schema_version))

    @property
    def sha256(self) -> str | None:
        """Of the image's bytes, hexadecimal."""
        return _text(self.image.get("sha256"))


@dataclass(frozen=True, slots=True)
class Document:
    """A document. `synsets` are scores by name, `thumbnail` is the base64 of a JPEG."""

    analysis: Analysis
    filename: str | None = None
    thumbnail: str | None = None
    top_synset: str | None = None
    top_score: float | None = None
    synsets: Mapping[str, float] = field(default_factory=dict)
    features: list[float] | None = None

    @classmethod
    def read(cls, source: Source, target: str | None = None) -> "Document":
        """What is at the top of a document, or below the object that a processor's `target_field` names."""
        ours = source if target is None else _object(value_at(source, target))
        return cls(
            analysis=_analysis(_object(ours.get(ANALYSIS))),
            filename=_text(source.get("filename")),
            thumbnail=_text(ours.get("thumbnail")),
            top_synset=_text(ours.get("top_synset")),
            top_score=_number(ours.get("top_score")),
            synsets={
                name: score
                for name, synset in _object(ours.get("synset")).items()
                if (score := _number(_object(synset).get("score"))) is not None
            },
            features=ours.get("features"),
        )

    @property
    def best_first(self) -> list[tuple[str, float]]:
        """The synsets by falling score; of the same score by name."""
        return sorted(self.synsets.items(), key=lambda item: (-item[1], item[0]))


def below(target: str | None, name: str) -> str:
    """The path of one of our fields, which a `target_field` moves."""
    return name if target is None else f"{target}.{name}"


def inside_array(array: str, query: dict[str, Any]) -> dict[str, Any]:
    """The query for the objects of an array that is mapped as nested; it finds nothing where there is no such array."""
    return {"nested": {"path": array, "query": query, "ignore_unmapped": True}}


def object_or_array(target: str | None, query: dict[str, Any]) -> dict[str, Any]:
    """The query for our fields below `target`, whether that is mapped as an object or as an array (nested)."""
    return query if target is None else {"bool": {"should": [query, inside_array(target, query)]}}


def value_at(source: Source, path: str) -> Any:
    """What a dotted path leads to, None where it leads nowhere."""
    value: Any = source
    for name in path.split("."):
        value = _object(value).get(name)
    return value


def put_at(source: dict[str, Any], path: str, value: Any) -> None:
    """Put a value where a dotted path leads, with the objects on the way."""
    *parents, name = path.split(".")
    for parent in parents:
        source = source.setdefault(parent, {})
    source[name] = value


def _analysis(found: Mapping[str, Any]) -> Analysis:
    error = _object(found.get("error"))
    return Analysis(
        status=_text(found.get("status")),
        error_type=_text(error.get("type")),
        reason=_text(error.get("reason")),
        model=_object(found.get("model")),
        schema_version=version if isinstance(version := found.get("schema_version"), int) else None,
        image=_object(found.get("image")),
        has_features=bool(found.get("features")),
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return whole(value) if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) else None
