"""The life of the service: what it counts, the model that it loads, and what it is asked."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sidecar.cache import ContentCache
from sidecar.errors import ImageError, NotReady, RequestError
from sidecar.host.metrics import Metrics
from sidecar.images.limits import Limits
from sidecar.images.reader import Reader
from sidecar.images.resizing.compiling import COMPILER
from sidecar.models.loading import LoadedModel
from sidecar.pipeline import Analysis, Options, Pipeline
from sidecar.runtimes import Runtime
from sidecar.runtimes.batcher import Batcher
from sidecar.runtimes.loading import load_runtime
from sidecar.scheduling.admission import Admission, Reservation
from sidecar.scheduling.gate import Gate
from sidecar.scheduling.priority import Priority
from sidecar.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """The model that answered, and a result for each image of the request."""

    model: LoadedModel
    results: list[Analysis | ImageError]


class Analyzer:
    """Answers requests from many threads; `load` must have returned first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = Limits(
            settings.max_image_bytes, settings.max_pixels, settings.decoding_bytes, settings.max_photo_pixels
        )
        self.metrics = Metrics()
        self.admission = Admission(settings.queue_max_images, settings.queue_max_bytes, self.metrics)
        # request threads are many (a slow client holds one), pictures in memory must be few, and not all huge
        self.decoders = Gate(settings.decoders)
        self._reader = Reader(self._limits, self.metrics)
        self._pipeline: Pipeline | None = None

    def load(self) -> None:
        """Load and warm the model.

        Raises:
            ModelError: says what is missing and what to do about it.
        """
        model, runtime = load_runtime(self._settings)
        self.serve(model, runtime)
        if self._settings.compile_resizing:
            COMPILER.allow()
        log.info("ready: model %s %s, runtime %s", model.row.name, model.version, runtime.name)

    def serve(self, model: LoadedModel, runtime: Runtime) -> None:
        """From now on answer by this model."""
        self._pipeline = Pipeline(
            model,
            runtime,
            Batcher(runtime, model.row.scale, self.metrics),
            self._reader,
            self.decoders,
            self._limits,
            self._open_cache(model, runtime),
            self._settings.concept_threshold,
            self.metrics,
        )

    @property
    def ready(self) -> bool:
        """Whether the model is loaded and warmed, and its thread runs."""
        return self._pipeline is not None and self._pipeline.batcher.alive

    @property
    def serving(self) -> Pipeline:
        """The loaded model and all that leads to it.

        Raises:
            NotReady: the model is still loading.
        """
        if self._pipeline is None:
            raise NotReady
        return self._pipeline

    def analyze(
        self,
        images: Sequence[str],
        options: Options,
        priority: Priority | None = None,
        reservation: Reservation | None = None,
    ) -> Answer:
        """Analyze images, as base64 or data URLs; a bad one becomes an error in its place.

        `reservation` is the part of the memory that the request has already.

        Raises:
            NotReady: the model is still loading.
            RequestError: features of a model that gives none.
            Busy: there is no room for so many images now.
            DeadlineExceeded: the request's time is over; what was not started is not done.
        """
        pipeline = self.serving
        if options.features and pipeline.runtime.features == 0:
            name = pipeline.model.row.name
            raise RequestError(
                422,
                "no_features",
                f"expected no request for features: {name} gives none (its model.yaml may name a layer)",
            )
        priority = priority or Priority()
        priority.check()
        if reservation is not None:
            # as pixels of three colors they wait for the model
            reservation.add(images=len(images), size=len(images) * pipeline.model.row.size**2 * 3)
        return Answer(pipeline.model, pipeline.analyze(images, options, priority))

    def close(self) -> None:
        """End what runs beside the process."""
        self._reader.close()

    def _open_cache(self, model: LoadedModel, runtime: Runtime) -> ContentCache | None:
        folder, size = self._settings.cache_dir, self._settings.cache_bytes
        if folder is None or size == 0:
            return None
        return ContentCache(
            folder, size, model.identity, len(model.row.vocabulary.classes), runtime.features, self.metrics
        )
