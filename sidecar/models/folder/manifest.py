"""model.yaml: what a network in a folder takes and gives."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from sidecar.errors import ModelError
from sidecar.images.fitting import FITS
from sidecar.models.folder import yaml_lines
from sidecar.models.folder.yaml_lines import Document, YamlError, read_yaml
from sidecar.models.preprocessing import SCALES

MANIFEST = "model.yaml"
MAX_CLASSES = 100_000

_MAX_BYTES = 64 * 2**20

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
_Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


def _named(entry: Any) -> Any:
    return {"name": entry} if isinstance(entry, str) else entry


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Entry(_Strict):
    """A class or a concept; a text alone is its name."""

    name: _Text
    id: _Text | None = None
    words: Annotated[list[_Text], Field(max_length=1000)] = []
    parents: Annotated[list[_Text], Field(max_length=100)] = []


class SelfTest(_Strict):
    """A photo in the folder, and the class that must score highest for it."""

    photo: _Text
    expect: _Text


_Entry = Annotated[Entry, BeforeValidator(_named)]


def _imagenet(classes: Any) -> Any:
    return None if classes == "imagenet" else classes


class Manifest(_Strict):
    """`classes` is None for the 1000 of ImageNet in their usual order."""

    name: _Name
    file: _Text
    size: Annotated[int, Field(ge=8, le=2048)]
    resize: Literal[*FITS]  # type: ignore[valid-type]
    scaling: Literal[*SCALES]  # type: ignore[valid-type]
    layout: Literal["NHWC", "NCHW"] | None = None
    scores: Literal["probabilities", "logits"] = "probabilities"
    multi_label: bool = False
    output: _Text | None = None
    features: _Text | None = None
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    self_test: SelfTest | None = None
    vocabulary: _Name | None = None
    classes: Annotated[
        Annotated[list[_Entry], Field(min_length=1, max_length=MAX_CLASSES)] | None, BeforeValidator(_imagenet)
    ]
    concepts: Annotated[list[_Entry], Field(max_length=MAX_CLASSES)] = []

    @property
    def revision(self) -> str:
        """Changes with everything here that changes what documents hold: scores, names and masses of concepts."""
        keys = {"size", "resize", "scaling", "layout", "scores", "multi_label", "output", "features"}
        named = {"__all__": {"name", "id", "parents"}}
        content = json.dumps(
            self.model_dump(include={**dict.fromkeys(keys, True), "classes": named, "concepts": named}), sort_keys=True
        )
        return hashlib.sha256(content.encode()).hexdigest()[:8]


class ManifestFile:
    """A manifest with the file that it was read from, whose errors name a line."""

    def __init__(self, path: Path) -> None:
        """Read it.

        Raises:
            ModelError: names the line and the key, what was expected and what was received.
        """
        self.path = path
        text = self._text()
        try:
            self._document: Document = read_yaml(text)
        except YamlError as error:
            raise self._error(error.line, error.reason) from None
        if not isinstance(self._document.data, dict):
            raise self._error(1, "expected keys and values, such as `name: my-model`")
        try:
            self.manifest = Manifest.model_validate(self._document.data)
        except ValidationError as error:
            raise self._first_of(error) from None

    def error(self, path: yaml_lines.Path, reason: str) -> ModelError:
        """What is wrong at one key or item."""
        where = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
        return self._error(self._document.line_of(path), f"{where}: {reason}")

    def _text(self) -> str:
        try:
            if self.path.stat().st_size > _MAX_BYTES:
                raise self._error(1, f"expected at most {_MAX_BYTES} bytes; received {self.path.stat().st_size}")
            return self.path.read_text("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.path.read_bytes()[: error.start].count(b"\n") + 1
            raise self._error(line, f"expected UTF-8 ({error.reason})") from None
        except OSError as error:
            raise ModelError(
                f"expected the manifest {self.path} ({error.strerror}). "
                "`image-synset model init FILE` writes one by looking at a model's file"
            ) from None

    def _error(self, line: int, reason: str) -> ModelError:
        return ModelError(f"{self.path}, line {line}: {reason}")

    def _first_of(self, error: ValidationError) -> ModelError:
        faults = error.errors(include_url=False)
        # a misspelled key is missing too: the one that is there says more
        faults.sort(key=lambda fault: fault["type"] != "extra_forbidden")
        first = self.error(faults[0]["loc"], _described(faults[0]))
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        return ModelError(first.reason + more)


def _described(fault: ErrorDetails) -> str:
    if fault["type"] == "missing":
        return "expected this key, found none"
    if fault["type"] == "extra_forbidden":
        return f"unknown; expected one of {', '.join(Manifest.model_fields)}" if len(fault["loc"]) == 1 else "unknown"
    received = repr(fault["input"])
    received = received if len(received) <= 100 else f"{received[:100]}…"
    expected = fault["msg"].replace("Input should be", "expected", 1).replace("String should", "expected text to", 1)
    return f"{expected}; received {received}"
