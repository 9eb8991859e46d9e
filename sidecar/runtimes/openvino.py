"""The fast runtime on CPUs: OpenVINO, in single precision, without TensorFlow in the process."""

import itertools
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

# Each size keeps buffers of its own in each stream, and with one CPU to a stream larger parts are not faster
_LARGEST, _LARGEST_IN_STREAM = 8, 4
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

    A lone image has all CPUs. The parts of a batch run side by side in streams, each on its share of the CPUs, where
    there are streams; else one after the other on all of them.
    """

    name = "openvino"

    def __init__(
        self,
        model: "Path | ov.Model",
        size: int,
        max_batch: int,
        cpus: int,
        streams: int | None = None,
        device: str = CPU,
    ) -> None:
        """`model` (or an .xml file with its weights beside it) gives probabilities, and features unless it has none.

        `streams` by default: on a CPU one for each, at most 4, for a model of at most 64 MB; else 1. `device` is
        OpenVINO's name of one, see `find_device`; `cpus` are for the device CPU.
        """
        core = ov.Core()
        network = core.read_model(model) if isinstance(model, Path) else model
        if device == CPU:
            streams = min(streams or _default_streams(network, cpus), cpus)
        streams = min(streams or 1, max_batch)
        common = _properties(device, cpus)
        # some networks are exported for one image at a time
        most = 1 if network.input(0).partial_shape[0].is_static else max_batch
        latency = common | {"PERFORMANCE_HINT": "LATENCY"}
        if streams > 1:
            self._alone = _Requests(core, network, device, latency, size, 1, 1)
            largest = min(most, _LARGEST_IN_STREAM)
            self._many = _Requests(core, network, device, common | {"NUM_STREAMS": streams}, size, streams, largest)
        else:
            self._alone = self._many = _Requests(core, network, device, latency, size, 1, min(most, _LARGEST))
        self.features: int = self._alone.features

    def predict(self, batch: Floats) -> Outputs:
        """See `Runtime`."""
        parts = list((self._alone if len(batch) == 1 else self._many).run(batch))
        return parts[0] if len(parts) == 1 else Outputs(*map(np.concatenate, zip(*parts, strict=True)))


class _Requests:
    """A compiled model, and the requests to it that may run at the same time."""

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
        self._requests = [compiled.create_infer_request() for _ in range(requests)]
        self._outputs = range(len(compiled.outputs))
        self.features: int = compiled.output(1).partial_shape[1].get_length() if len(self._outputs) > 1 else 0
        self._sizes = [count for count in (8, 4, 2, 1) if count <= largest]
        for count in self._sizes:
            for request in self._requests:
                request.infer([np.zeros((count, size, size, 3), np.float32)], share_inputs=True)

    def run(self, batch: Floats) -> Iterator[Outputs]:
        """The outputs of the batch's parts, in their order."""
        running: deque[tuple[ov.InferRequest, Floats]] = deque()
        try:
            for part, request in zip(self._parts(batch), itertools.cycle(self._requests), strict=False):
                if len(running) == len(self._requests):
                    yield self._collect(*running.popleft())  # this very request
                request.start_async([part], share_inputs=True)
                running.append((request, part))
            while running:
                yield self._collect(*running.popleft())
        finally:
            # after an error others may still run, and read the batch
            for request in self._requests:
                with suppress(RuntimeError):
                    request.wait()

    def _parts(self, batch: Floats) -> list[Floats]:
        even = -(-len(batch) // len(self._requests))
        parts, start = [], 0
        while start < len(batch):
            count = next(count for count in self._sizes if count <= min(even, len(batch) - start))
            parts.append(batch[start : start + count])
            start += count
        return parts

    def _collect(self, request: "ov.InferRequest", part: Floats) -> Outputs:
        request.wait()
        # copies: the next run writes over them
        probabilities, *features = (request.get_output_tensor(number).data.copy() for number in self._outputs)
        return Outputs(probabilities, features[0] if features else np.zeros((len(part), 0), np.float32))


def _properties(device: str, cpus: int) -> dict[str, str | int]:
    # a GPU would compute in f16, and a CPU that knows it in bfloat16: scores would move by some hundredths
    precise: dict[str, str | int] = {"INFERENCE_PRECISION_HINT": "f32"}
    return precise | {"INFERENCE_NUM_THREADS": cpus} if device == CPU else precise


def _default_streams(network: "ov.Model", cpus: int) -> int:
    weights = sum(node.get_byte_size() for node in network.get_ops() if node.get_type_name() == "Constant")
    return min(cpus, _MOST_STREAMS) if weights <= _LARGEST_STREAMED else 1
