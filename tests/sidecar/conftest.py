"""The real model, loaded once."""

import pytest

from sidecar.analysis import Analyzer
from sidecar.settings import Settings


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    """EfficientNet-Lite0, trained, loaded and warmed."""
    analyzer = Analyzer(Settings(model="efficientnet_lite0"))
    analyzer.load()
    return analyzer
