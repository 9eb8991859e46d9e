"""What happens to an image: text, bytes, picture, the model's numbers, synsets and concepts."""

import hashlib
import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from sidecar.arrays import Floats
from sidecar.cache import ContentCache, Known
from sidecar.errors import ImageError, analysis_failed
from sidecar.host.metrics import Metrics
from sidecar.images.base64_text import read_base64
from sidecar.images.decoding import FileFacts
from sidecar.images.limits import Limits
from sidecar.images.preparing import Wanted
from sidecar.images.reader import Reader
from sidecar.models.loading import LoadedModel
from sidecar.runtimes import Outputs, Runtime
from sidecar.runtimes.batcher import Batcher
from sidecar.scheduling.gate import Gate
from sidecar.scheduling.priority import Priority
from sidecar.synsets.vocabulary import SynsetClass

log = logging.getLogger(__name__)

_NO_NUMBERS = ImageError(
    "not_a_number",
    "the model's output for this image is infinite or not a number: check the model on it with "
    "`image-synset model check FOLDER PHOTO`",
)


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked about each image: so many synsets, a thumbnail of so many pixels or none, the features or not."""

    top_k: int = 10
    thumbnail: int | None = None
    features: bool = False


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is said of one image: synsets with their scores and concepts with their mass, largest first."""

    facts: FileFacts
    thumbnail: str | None
    synsets: list[tuple[SynsetClass, float]]
    concepts: dict[str, float]
    features: Floats | None


@dataclass(frozen=True, slots=True)
class Started:
    """An image whose outputs are under way; `known` if they come from the cache."""

    facts: FileFacts
    thumbnail: str | None
    outputs: "Future[Outputs]"
    known: bool


class Pipeline:
    """One loaded model and all that leads to it, for many threads."""

    def __init__(
        self,
        model: LoadedModel,
        runtime: Runtime,
        batcher: Batcher,
        reader: Reader,
        decoders: Gate,
        limits: Limits,
        cache: ContentCache | None,
        concept_threshold: float,
        metrics: Metrics,
    ) -> None:
        self.model, self.runtime, self.batcher = model, runtime, batcher
        self._reader, self._decoders, self._limits = reader, decoders, limits
        self._cache, self._concept_threshold, self._metrics = cache, concept_threshold, metrics

    def analyze(self, images: Sequence[str], options: Options, priority: Priority) -> list[Analysis | ImageError]:
        """The images (base64 or data URLs), in their order; whatever happens to one is its own result.

        Raises:
            Unavailable: the request's time is over, or there is no room or no model.
        """
        # all are handed in before the first is waited for: decoding overlaps with the model
        started = [self._start(text, options, priority) for text in images]
        results = [self._finish(outcome, options, priority) for outcome in started]
        for result in results:
            self._metrics.images.labels(result.type if isinstance(result, ImageError) else "ok").inc()
        return results

    def _start(self, text: str, options: Options, priority: Priority) -> Started | ImageError:
        try:
            with self._decoders.hold(1, priority):
                data = read_base64(text, self._limits)
                sha256 = hashlib.sha256(data).hexdigest()
                return self._recall(sha256, options) or self._decode(data, sha256, options, priority)
        except ImageError as error:
            return error

    def _recall(self, sha256: str, options: Options) -> Started | None:
        if self._cache is None:
            return None
        small = None
        if options.thumbnail is not None and (small := self._cache.get_thumbnail(sha256, options.thumbnail)) is None:
            return None
        if (known := self._cache.get(sha256)) is None:
            return None
        outputs: Future[Outputs] = Future()
        outputs.set_result(known.outputs)
        return Started(known.facts, small, outputs, known=True)

    def _decode(self, data: bytes, sha256: str, options: Options, priority: Priority) -> Started:
        row = self.model.row
        wanted = Wanted(row.fit, row.size, options.thumbnail)
        image = self._reader.read(data, wanted, sha256, priority)
        if self._cache is not None and options.thumbnail is not None and image.thumbnail is not None:
            self._cache.put_thumbnail(sha256, options.thumbnail, image.thumbnail)
        outputs = self.batcher.submit(image.pixels, priority)
        return Started(image.facts, image.thumbnail, outputs, known=False)

    def _finish(self, started: Started | ImageError, options: Options, priority: Priority) -> Analysis | ImageError:
        if isinstance(started, ImageError):
            return started
        try:
            outputs = self.batcher.result(started.outputs, priority)
        except ImageError as error:
            return error
        if not all(np.isfinite(numbers).all() for numbers in outputs):
            return _NO_NUMBERS
        if self._cache is not None and not started.known:
            self._cache.put(Known(started.facts, outputs))
        try:
            return self._analysis(started, outputs, options)
        except Exception as error:
            log.exception("an image's scores can't be read")
            return analysis_failed(error)

    def _analysis(self, started: Started, outputs: Outputs, options: Options) -> Analysis:
        row = self.model.row
        return Analysis(
            started.facts,
            started.thumbnail,
            row.vocabulary.top(outputs.probabilities, options.top_k),
            row.vocabulary.concept_masses(outputs.probabilities, self._concept_threshold, multi_label=row.multi_label),
            outputs.features if options.features else None,
        )
