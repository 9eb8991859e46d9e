"""The fast runtime on CPUs: OpenVINO, in single precision, without TensorFlow in the process."""

import queue
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

# With this package OpenVINO and NNCF report each import and conversion to their makers unless the user's home says
# otherwise; without it they do the same work in silence. So: before their first import, and every use comes by here.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino as ov  # noqa: E402

from sidecar.arrays import Floats  # noqa: E402
from sidecar.errors import ModelError  # noqa: E402
from sidecar.runtimes import Outputs  # noqa: E402

__all__ = ["CPU", "OpenVinoRuntime", "find_device", "ov"]

CPU = "CPU"

# Images in one call: each size keeps buffers of its own in each stream, and in a stream, with one CPU, larger calls are
# slower again, because they fit in no CPU cache
_MAX_BATCH, _MAX_BATCH_IN_STREAM = 8, 2
# A second compiled model holds its weights again, and a large model (VGG16: 550 MB) is no faster in streams
_LARGEST_STREAMED = 64 * 2**20
_MOST_STREAMS = 4


def find_device(wanted: str) -> str:
    """OpenVINO's name of the device that SIDECAR_DEVICE means: cpu, gpu, gpu.1 or auto, in any case.

    Raises:
        ModelError: OpenVINO does not find it on this machine.
    """
    found: list[str] = ov.Core().available_devices
    gpus = [name for name in found if name.startswith("GPU")]
    device = wanted.upper()
    if device == "AUTO":
        return gpus[0] if gpus else CPU
    # of several, GPU is the first
    if device not in found and not (device == "GPU" and gpus):
        raise ModelError(
            f"SIDECAR_DEVICE: expected one of the devices that OpenVINO finds here, {', '.join(found)}; received "
            f"{wanted}. Install the driver of the device (in a container, pass it on), or set cpu"
        )
    return device


class OpenVinoRuntime:
    """Runs batches in parts of a power of two, so nothing is padded.

    Each stream has its share of the CPUs and runs one part at a time, of whichever thread's batch. A lone image has all
    CPUs.
    """

    name = "openvino"

    def __init__(
        self,
        model: "Path | ov.Model",
        size: int,
        cpus: int,
        *,
        max_batch: int | None = None,
        streams: int | None = None,
        device: str = CPU,
    ) -> None:
        """`model` (or an .xml file with its weights beside it) gives probabilities, and features unless it has none.

        `streams` by default: on a CPU one for each, at most 4, for a model of at most 64 MB; else 1. `max_batch` by
        default: 2 with streams, else 8. `device` is OpenVINO's name of one, see `find_device`; `cpus` are for the
        device CPU.
        """
        core = ov.Core()
        network = core.read_model(model) if isinstance(model, Path) else model
        if device == CPU:
            streams = min(streams or _default_streams(network, cpus), cpus)
        self.streams = streams or 1
        self.max_batch = max_batch or (_MAX_BATCH_IN_STREAM if self.streams > 1 else _MAX_BATCH)
        if network.input(0).partial_shape[0].is_static:
            # some networks are exported for one image at a time
            self.max_batch = 1
        common = _properties(device, cpus)
        latency = common | {"PERFORMANCE_HINT": "LATENCY"}
        if self.streams > 1:
            in_streams = common | {"NUM_STREAMS": self.streams}
            self._alone = _Requests(core, network, device, latency, size, 1, 1)
            self._many = _Requests(core, network, device, in_streams, size, self.streams, self.max_batch)
        else:
            self._alone = self._many = _Requests(core, network, device, latency, size, 1, self.max_batch)
        self.features: int = self._alone.features

    def predict(self, batch: Floats) -> Outputs:
        """See `Runtime`."""
        lone = len(batch) == 1 and self._alone.idle and self._many.idle
        parts = list((self._alone if lone else self._many).run(batch))
        return parts[0] if len(parts) == 1 else Outputs(*map(np.concatenate, zip(*parts, strict=True)))


class _Requests:
    """A compiled model, and the requests to it that may run at the same time, for whichever thread."""

    def __init__(
        self,
        core: "ov.Core",
        network: "ov.Model",
        device: str,
        properties: dict[str, str | int],
        size: int,
        requests: int,
        largest: int,
    ) -> None:
        """For parts of up to `largest` images of `size` pixels, each size of which is run once now, not on a user's."""
        compiled = core.compile_model(network, device, properties)
        self._count = requests
        self._free: queue.LifoQueue[ov.InferRequest] = queue.LifoQueue()
        self._outputs = range(len(compiled.outputs))
        self.features: int = compiled.output(1).partial_shape[1].get_length() if len(self._outputs) > 1 else 0
        self._sizes = [2**power for power in reversed(range(largest.bit_length()))]
        for request in [compiled.create_infer_request() for _ in range(requests)]:
            for count in self._sizes:
                request.infer([np.zeros((count, size, size, 3), np.float32)], share_inputs=True)
            self._free.put(request)

    @property
    def idle(self) -> bool:
        """Whether none is in use."""
        return self._free.qsize() == self._count

    def run(self, batch: Floats) -> Iterator[Outputs]:
        """The outputs of the batch's parts, in their order."""
        running: deque[tuple[ov.InferRequest, Floats]] = deque()
        try:
            for part in self._parts(batch):
                while (request := self._take(wait=not running)) is None:
                    yield self._collect(running)
                running.append((request, part))
                request.start_async([part], share_inputs=True)
            while running:
                yield self._collect(running)
        finally:
            # after an error others may still run, and read the batch
            for request, _ in running:
                with suppress(RuntimeError):
                    request.wait()
                self._free.put(request)

    def _take(self, *, wait: bool) -> "ov.InferRequest | None":
        try:
            return self._free.get(block=wait)
        except queue.Empty:
            return None

    def _parts(self, batch: Floats) -> list[Floats]:
        parts, start = [], 0
        while start < len(batch):
            count = next(count for count in self._sizes if count <= len(batch) - start)
            parts.append(batch[start : start + count])
            start += count
        return parts

    def _collect(self, running: "deque[tuple[ov.InferRequest, Floats]]") -> Outputs:
        request, part = running[0]
        request.wait()
        # copies: the next run writes over them
        probabilities, *features = (request.get_output_tensor(number).data.copy() for number in self._outputs)
        running.popleft()
        self._free.put(request)
        return Outputs(probabilities, features[0] if features else np.zeros((len(part), 0), np.float32))


def _properties(device: str, cpus: int) -> dict[str, str | int]:
    # a GPU would compute in f16, and a CPU that knows it in bfloat16: scores would move by some hundredths
    precise: dict[str, str | int] = {"INFERENCE_PRECISION_HINT": "f32"}
    return precise | {"INFERENCE_NUM_THREADS": cpus} if device == CPU else precise


def _default_streams(network: "ov.Model", cpus: int) -> int:
    weights = sum(node.get_byte_size() for node in network.get_ops() if node.get_type_name() == "Constant")
    return min(cpus, _MOST_STREAMS) if weights <= _LARGEST_STREAMED else 1
