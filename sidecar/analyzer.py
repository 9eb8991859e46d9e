"""The service behind the HTTP API: from images as text to synsets, concepts and facts."""

import hashlib
import logging
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from sidecar.cache import ContentCache, Facts, Known
from sidecar.errors import ImageError, NotReady
from sidecar.host.metrics import Metrics, timed
from sidecar.images.decoding import Limits, decode, read_base64, thumbnail
from sidecar.models.loading import LoadedModel
from sidecar.models.preprocessing import enough_pixels
from sidecar.runtimes import Outputs, Runtime
from sidecar.runtimes.loading import load_runtime
from sidecar.scheduling.admission import Admission, Held
from sidecar.scheduling.batcher import Batcher
from sidecar.scheduling.gate import Gate
from sidecar.scheduling.priority import Urgency
from sidecar.settings import Settings

log = logging.getLogger(__name__)

_NO_NUMBERS = ImageError(
    "not_a_number",
    "the model's output for this image is infinite or not a number: check the model on it with "
    "`image-synset model check FOLDER PHOTO`",
)


@dataclass(frozen=True, slots=True)
class _Serving:
    model: LoadedModel
    runtime: Runtime
    batcher: Batcher
    cache: ContentCache | None


@dataclass(frozen=True, slots=True)
class _Begun:
    """An image whose outputs are under way; `known` if they come from the cache."""

    facts: Facts
    thumbnail: str | None
    outputs: "Future[Outputs]"
    known: bool


class Analyzer:
    """Answers requests from many threads; `load` must have returned first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = Limits(settings.max_image_bytes, settings.max_pixels)
        self.metrics = Metrics()
        self.admission = Admission(settings.queue_max_images, settings.queue_max_bytes, self.metrics)
        # request threads are many (a slow client holds one), pictures in memory must be few, and not all huge
        self._decoders = Gate(settings.decoders)
        self._pixels = Gate(settings.decoding_pixels)
        self._serving: _Serving | None = None

    def load(self) -> None:
        """Load and warm the model.

        Raises:
            ModelError: says what is missing and what to do about it.
        """
        model, runtime = load_runtime(self._settings)
        batcher = Batcher(runtime, self._settings.max_batch, self.metrics)
        self._serving = _Serving(model, runtime, batcher, self._open_cache(model, runtime))
        log.info("ready: model %s %s, runtime %s", model.row.name, model.version, runtime.name)

    @property
    def ready(self) -> bool:
        """Whether the model is loaded and warmed."""
        return self._serving is not None

    def model_details(self) -> dict[str, Any]:
        """The model being served.

        Raises:
            NotReady: the model is still loading.
        """
        serving = self._require_serving()
        return {
            **_stamp(serving.model),
            "runtime": serving.runtime.name,
            "input_size": serving.model.row.size,
            "classes": len(serving.model.row.vocabulary.classes),
            "multi_label": serving.model.row.multi_label,
            "features": serving.runtime.features,
        }

    def vocabulary(self) -> bytes:
        """The names that the model's answers use, as the JSON of GET /v1/vocabulary.

        Raises:
            NotReady: the model is still loading.
        """
        return self._require_serving().model.row.vocabulary.encoded

    def analyze(
        self,
        images: Sequence[tuple[str, str]],
        top_k: int,
        thumbnail_size: int | None,
        *,
        features: bool = False,
        urgency: Urgency | None = None,
        held: Held | None = None,
    ) -> dict[str, Any]:
        """Analyze (id, base64 or data URL) pairs; a bad image becomes an error in its place.

        `held` is the part of the memory that the request has already.

        Raises:
            NotReady: the model is still loading.
            Busy: there is no room for so many images now.
            DeadlineExceeded: the request's time is over; what was not begun is not done.
        """
        serving = self._require_serving()
        urgency = urgency or Urgency()
        urgency.check()
        if held is not None:
            # what the model will be given: single precision, three colors
            held.add(images=len(images), size=len(images) * serving.model.row.size**2 * 3 * 4)
        # all are handed in before the first is waited for: decoding overlaps with the model
        begun = [self._begin(serving, text, thumbnail_size, urgency) for _, text in images]
        results = [
            {"id": id_, **self._finish(serving, outcome, top_k, features)}
            for (id_, _), outcome in zip(images, begun, strict=True)
        ]
        return {"model": _stamp(serving.model), "results": results}

    def _require_serving(self) -> _Serving:
        if self._serving is None:
            raise NotReady
        return self._serving

    def _open_cache(self, model: LoadedModel, runtime: Runtime) -> ContentCache | None:
        folder, size = self._settings.cache_dir, self._settings.cache_bytes
        if folder is None or size == 0:
            return None
        classes = len(model.row.vocabulary.classes)
        return ContentCache(folder, size, _identity(model), classes, runtime.features, self.metrics)

    def _begin(self, serving: _Serving, text: str, thumbnail_size: int | None, urgency: Urgency) -> _Begun | ImageError:
        try:
            with self._decoders.hold(1, urgency):
                data = read_base64(text, self._limits)
                sha256 = hashlib.sha256(data).hexdigest()
                known = self._recall(serving, sha256, thumbnail_size)
                return known or self._decode(serving, data, sha256, thumbnail_size, urgency)
        except ImageError as error:
            return error

    def _recall(self, serving: _Serving, sha256: str, thumbnail_size: int | None) -> _Begun | None:
        if serving.cache is None:
            return None
        small = None
        if thumbnail_size is not None and (small := serving.cache.get_thumbnail(sha256, thumbnail_size)) is None:
            return None
        if (known := serving.cache.get(sha256)) is None:
            return None
        outputs: Future[Outputs] = Future()
        outputs.set_result(known.outputs)
        return _Begun(known.facts, small, outputs, known=True)

    def _decode(
        self, serving: _Serving, data: bytes, sha256: str, thumbnail_size: int | None, urgency: Urgency
    ) -> _Begun:
        row = serving.model.row
        with ExitStack() as held:

            def reserve(pixels: int) -> None:
                held.enter_context(self._pixels.hold(pixels, urgency))

            with timed(self.metrics.decode):
                enough = enough_pixels(row.fit, row.size)
                decoded = decode(data, self._limits, sha256=sha256, enough=enough, reserve=reserve)
                small = None if thumbnail_size is None else thumbnail(decoded.pixels, thumbnail_size)
                prepared = row.prepare(decoded.pixels)
        if serving.cache is not None and thumbnail_size is not None and small is not None:
            serving.cache.put_thumbnail(sha256, thumbnail_size, small)
        return _Begun(decoded.facts, small, serving.batcher.submit(prepared, urgency), known=False)

    def _finish(self, serving: _Serving, begun: _Begun | ImageError, top_k: int, features: bool) -> dict[str, Any]:
        if isinstance(begun, ImageError):
            return self._failed(begun)
        outputs = begun.outputs.result()
        if not all(np.isfinite(numbers).all() for numbers in outputs):
            return self._failed(_NO_NUMBERS)
        self.metrics.images.labels("ok").inc()
        if serving.cache is not None and not begun.known:
            serving.cache.put(Known(begun.facts, outputs))
        row = serving.model.row
        result: dict[str, Any] = {"image": begun.facts}
        if begun.thumbnail is not None:
            result["thumbnail"] = begun.thumbnail
        result["synsets"] = [
            {"name": synset.name, "wind": synset.wind, "words": synset.label, "score": score}
            for synset, score in row.vocabulary.top(outputs.probabilities, top_k)
        ]
        result["concepts"] = row.vocabulary.concept_masses(
            outputs.probabilities, self._settings.concept_threshold, multi_label=row.multi_label
        )
        if features:
            result["features"] = outputs.features.tolist()
        return result

    def _failed(self, error: ImageError) -> dict[str, Any]:
        self.metrics.images.labels(error.type).inc()
        return {"error": error.body()}


def _stamp(model: LoadedModel) -> dict[str, Any]:
    return {**_identity(model), "vocabulary": model.row.vocabulary.stamp}


def _identity(model: LoadedModel) -> dict[str, str]:
    return {"name": model.row.name, "version": model.version, "weights_sha256": model.weights_sha256}
