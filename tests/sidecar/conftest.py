"""The real model, loaded once."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidecar.analyzer import Analyzer
from sidecar.settings import Settings


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where this run keeps converted models, for all of its processes: never the user's own folder."""
    run = tmp_path_factory.getbasetemp()
    folder = (run.parent if "PYTEST_XDIST_WORKER" in os.environ else run) / "models"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIDECAR_MODEL_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def _models_of_this_run(model_cache: Path) -> None:
    """Every test of the sidecar uses them."""


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    """EfficientNet-Lite0, trained, loaded and warmed."""
    analyzer = Analyzer(Settings(model="efficientnet_lite0"))
    analyzer.load()
    return analyzer
