"""The service behind the HTTP API: from images as text to synsets, concepts and facts."""

import logging
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sidecar.batcher import Batcher
from sidecar.errors import ImageError, NotReady
from sidecar.images import DecodedImage, Limits, decode, read_base64, thumbnail
from sidecar.models.loading import LoadedModel
from sidecar.runtimes import Outputs, Runtime
from sidecar.runtimes.loading import load_runtime
from sidecar.settings import Settings
from sidecar.synsets import synset_index

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Serving:
    model: LoadedModel
    runtime: Runtime
    batcher: Batcher


# facts and what will be known of an image, or why it can't be
_Begun = tuple[dict[str, Any], "Future[Outputs]"] | ImageError


class Analyzer:
    """Answers requests from many threads; `load` must have returned first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = Limits(settings.max_image_bytes, settings.max_pixels)
        # request threads are many (a slow client holds one), pictures in memory must be few
        self._decoding = threading.BoundedSemaphore(settings.decoders)
        self._serving: _Serving | None = None

    def load(self) -> None:
        """Load and warm the model.

        Raises:
            ModelError: says what is missing and what to do about it.
        """
        model, runtime = load_runtime(self._settings)
        self._serving = _Serving(model, runtime, Batcher(runtime, self._settings.max_batch))
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
            "classes": len(synset_index().classes),
            "features": serving.runtime.features,
        }

    def analyze(
        self, images: list[tuple[str, str]], top_k: int, thumbnail_size: int | None, *, features: bool = False
    ) -> dict[str, Any]:
        """Analyze (id, base64 or data URL) pairs; a bad image becomes an error in its place.

        Raises:
            NotReady: the model is still loading.
        """
        serving = self._require_serving()
        # all are handed in before the first is waited for: decoding overlaps with the model
        begun = [self._begin(serving, text, thumbnail_size) for _, text in images]
        results = [
            {"id": id_, **self._finish(outcome, top_k, features)}
            for (id_, _), outcome in zip(images, begun, strict=True)
        ]
        return {"model": _stamp(serving.model), "results": results}

    def _require_serving(self) -> _Serving:
        if self._serving is None:
            raise NotReady
        return self._serving

    def _begin(self, serving: _Serving, text: str, thumbnail_size: int | None) -> _Begun:
        try:
            with self._decoding:
                decoded: DecodedImage = decode(read_base64(text, self._limits), self._limits)
                result: dict[str, Any] = {"image": decoded.facts}
                if thumbnail_size is not None:
                    result["thumbnail"] = thumbnail(decoded.pixels, thumbnail_size)
                return result, serving.batcher.submit(serving.model.row.prepare(decoded.pixels))
        except ImageError as error:
            return error

    def _finish(self, outcome: _Begun, top_k: int, features: bool) -> dict[str, Any]:
        if isinstance(outcome, ImageError):
            return {"error": outcome.body()}
        result, future = outcome
        probabilities, seen = future.result()
        index = synset_index()
        result["synsets"] = [
            {"name": synset.name, "wind": synset.wnid, "words": synset.words, "score": score}
            for synset, score in index.top(probabilities, top_k)
        ]
        result["concepts"] = index.concept_masses(probabilities, self._settings.concept_threshold)
        if features:
            result["features"] = seen.tolist()
        return result


def _stamp(model: LoadedModel) -> dict[str, str]:
    return {"name": model.row.name, "version": model.version, "weights_sha256": model.weights_sha256}
