"""The fast runtime on CPUs: OpenVINO, in single precision, without TensorFlow in the process."""

import sys
from pathlib import Path

import numpy as np

# With this package OpenVINO and NNCF report each import and conversion to their makers unless the user's home says
# otherwise; without it they do the same work in silence. So: before their first import, and every use comes by here.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino as ov  # noqa: E402

from sidecar.arrays import Floats  # noqa: E402
from sidecar.runtimes import Outputs  # noqa: E402

__all__ = ["OpenVinoRuntime", "ov"]

# Each size keeps buffers of its own (Lite0: 700 MB for all sizes up to 16), and larger ones are hardly faster
_LARGEST = 8


class OpenVinoRuntime:
    """One compiled model, run in batches of a power of two: 13 images are 8, 4 and 1, so nothing is padded."""

    name = "openvino"

    def __init__(self, model: "Path | ov.Model", size: int, max_batch: int, cpus: int) -> None:
        """`model` (or an .xml file with its weights beside it) gives probabilities, and features unless it has none."""
        compiled = ov.Core().compile_model(
            model,
            "CPU",
            {
                # where the CPU knows bfloat16 that would be the default, and scores would move by some hundredths
                "INFERENCE_PRECISION_HINT": "f32",
                # one batch at a time, all CPUs on it: a lone search must not wait on one of them
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_NUM_THREADS": cpus,
            },
        )
        self._request = compiled.create_infer_request()
        self._outputs = range(len(compiled.outputs))
        self.features: int = compiled.output(1).partial_shape[1].get_length() if len(self._outputs) > 1 else 0
        # some networks are exported for one image at a time
        fixed = compiled.input(0).partial_shape[0].is_static
        self._sizes = [1] if fixed else [count for count in (8, 4, 2, 1) if count <= min(max_batch, _LARGEST)]
        for count in self._sizes:
            self._run(np.zeros((count, size, size, 3), np.float32))  # warm up now, not on a user's image

    def predict(self, batch: Floats) -> Outputs:
        """See `Runtime`."""
        parts: list[Outputs] = []
        start = 0
        while start < len(batch):
            count = next(count for count in self._sizes if count <= len(batch) - start)
            parts.append(self._run(batch[start : start + count]))
            start += count
        return parts[0] if len(parts) == 1 else Outputs(*map(np.concatenate, zip(*parts, strict=True)))

    def _run(self, batch: Floats) -> Outputs:
        self._request.infer([batch], share_inputs=True)
        # copies: the next run writes over them
        probabilities, *features = (self._request.get_output_tensor(number).data.copy() for number in self._outputs)
        return Outputs(probabilities, features[0] if features else np.zeros((len(batch), 0), np.float32))
