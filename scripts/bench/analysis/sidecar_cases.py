"""The ways to classify photos that `image-synset bench sidecar` compares.

In a process of its own each, so that its resident memory is its own: `python -m scripts.bench.analysis.sidecar_cases
WAY` reads one line of file names (JSON) at a time, classifies them, and answers the seconds that each call took.
"""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import requests

from scripts.shared.errors import CliError
from scripts.shared.photos import as_base64
from sidecar.images.decoding import decode
from sidecar.images.limits import Limits
from sidecar.images.resizing.compiling import COMPILER
from sidecar.models.loading import build_network, select_model
from sidecar.runtimes.loading import load_runtime
from sidecar.settings import Settings

BATCH = 16

Classify = Callable[[Sequence[str]], list[float]]

_START_SECONDS = 600


class ProcessCase:
    """A way that runs in a process of its own; `environment` holds the SIDECAR_* variables of its model.

    `arguments` are the way's name or, of another module that calls `serve`, `module` and what it takes.
    """

    def __init__(
        self, *arguments: str, environment: dict[str, str], log: Path, root: Path, module: str = __name__
    ) -> None:
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=root,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        self._log = log

    def __call__(self, photos: Sequence[Path]) -> list[float]:
        """Seconds of each call; all photos are classified when this returns."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps([str(photo) for photo in photos]) + "\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise CliError(f"Expected a way to classify photos, but its process ended: see {self._log}")
        return list(map(float, json.loads(answer)))

    def rss_mb(self) -> float:
        """Resident memory now."""
        return psutil.Process(self._process.pid).memory_info().rss / 2**20

    def close(self) -> None:
        """Ends the process, and closes the pipes to it."""
        self._process.terminate()
        self._process.communicate(timeout=60)


class Server:
    """gunicorn with one model, for the cases that ask it through HTTP."""

    def __init__(self, port: int, environment: dict[str, str], log: Path, root: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "gunicorn", "-c", "sidecar/gunicorn.conf.py", "sidecar.app:create_app()"]
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command, cwd=root, env={**environment, "SIDECAR_PORT": str(port)}, stdout=file, stderr=file
            )
        self._log = log

    def wait(self) -> None:
        """Until the model is loaded.

        Raises:
            CliError: it ended, or took ten minutes.
        """
        end = time.monotonic() + _START_SECONDS
        while self._process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.url}/health/ready", timeout=5).ok:
                    return
            time.sleep(0.2)
        raise CliError(f"Expected the sidecar to start, see {self._log}")

    def rss_mb(self) -> float:
        """Resident memory of the process that serves."""
        return max(child.memory_info().rss for child in psutil.Process(self._process.pid).children()) / 2**20

    def close(self) -> None:
        """Ends gunicorn and its worker."""
        self._process.terminate()
        self._process.wait(90)


class HttpCase:
    """`clients` threads that send requests of `images` photos each, as the plugin does."""

    def __init__(self, server: Server | str, clients: int, images: int, asked: Mapping[str, int] | None = None) -> None:
        """`server`: one that was started here, or the address of another. `asked`: top_k, thumbnail."""
        self._asked = dict(asked or {})
        self._server, self._images = server, images
        self._url = server if isinstance(server, str) else server.url
        self._threads = ThreadPoolExecutor(clients)
        self._sessions = [requests.Session() for _ in range(clients)]

    def __call__(self, photos: Sequence[Path]) -> list[float]:
        """Seconds of each request."""
        parts = [photos[start : start + self._images] for start in range(0, len(photos), self._images)]
        return list(self._threads.map(self._request, parts))

    def rss_mb(self) -> float:
        """Of the server, if it was started here."""
        return 0.0 if isinstance(self._server, str) else self._server.rss_mb()

    def close(self) -> None:
        """Ends the clients, not the server."""
        self._threads.shutdown()

    def _request(self, photos: Sequence[Path]) -> float:
        session = self._sessions.pop()
        started = time.perf_counter()
        images = [{"id": str(number), "image": as_base64(photo.read_bytes())} for number, photo in enumerate(photos)]
        answer = session.post(f"{self._url}/v1/analyze", json={"images": images, **self._asked}, timeout=600)
        seconds = time.perf_counter() - started
        self._sessions.append(session)
        failed = [result for result in answer.json().get("results", [{"error": answer.text}]) if "error" in result]
        if failed:
            raise CliError(f"Expected every photo to be classified, found {failed[0]['error']}")
        return seconds


def papers_prediction(settings: Settings) -> Callable[[str], Any]:
    """`load_img`, `preprocess_input`, `predict` of one photo: the model's 1000 probabilities."""
    import keras

    row, weights = select_model(settings)
    network = build_network(row, weights)

    def predict(photo: str) -> Any:
        image = keras.utils.load_img(photo, target_size=(row.size, row.size))
        return network.predict(row.scale(keras.utils.img_to_array(image))[None], verbose=0)[0]

    return predict


def one_by_one(handle: Callable[[str], Any]) -> Classify:
    """A loop over the photos."""

    def classify(photos: Sequence[str]) -> list[float]:
        times = []
        for photo in photos:
            started = time.perf_counter()
            handle(photo)
            times.append(time.perf_counter() - started)
        return times

    return classify


def _in_process(settings: Settings) -> Classify:
    """Decoding and the model in batches, with nothing around."""
    model, runtime = load_runtime(settings)
    limits = Limits(settings.max_image_bytes, settings.max_pixels)
    if settings.compile_resizing:
        COMPILER.allow()

    def classify(photos: Sequence[str]) -> list[float]:
        import numpy as np

        times = []
        for start in range(0, len(photos), BATCH):
            started = time.perf_counter()
            files = [Path(photo).read_bytes() for photo in photos[start : start + BATCH]]
            runtime.predict(np.stack([model.row.prepare(decode(file, limits).pixels) for file in files]))
            times.append(time.perf_counter() - started)
        return times

    return classify


_WAYS: dict[str, Callable[[Settings], Classify]] = {
    "paper": lambda settings: one_by_one(papers_prediction(settings)),
    "in-process": _in_process,
}


def serve(make: Callable[[], Classify]) -> None:
    """Answer a `ProcessCase` on standard input and output."""
    answers: Any = sys.stdout
    # libraries print too
    sys.stdout = sys.stderr
    classify = make()
    for line in sys.stdin:
        answers.write(json.dumps(classify(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(lambda: _WAYS[sys.argv[1]](Settings()))
