"""Fixtures for every test: photos to work with."""

import datetime
import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import Scheduling
from xdist.workermanage import NodeManager

from scripts.local.distribution import required_version
from tests.support.verification import Recorder
from tests.support.workers import ByServer, CostByFile, rank

ROOT = Path(__file__).resolve().parents[1]

ELASTICSEARCH = os.environ.get("IMAGE_SYNSET_TEST_ELASTICSEARCH") or required_version(ROOT / "es_config/pom.xml")
"""The version that the integration tests run on."""

# what the developer's own shell says of another stack; the cache and the photos are shared on purpose
_KEPT = {"IMAGE_SYNSET_CACHE_DIR", "IMAGE_SYNSET_TEST_DATA", "IMAGE_SYNSET_TEST_ELASTICSEARCH"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--record`: write the table of docs/verification.md."""
    parser.addoption(
        "--record", action="store_true", help="write down in docs/verification.md what ran on which version"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let no setting of the environment into the tests but the version of Elasticsearch that all stacks are to have."""
    for name in list(os.environ):
        if name.startswith(("IMAGE_SYNSET_", "SIDECAR_")) and name not in _KEPT:
            del os.environ[name]
    os.environ["IMAGE_SYNSET_ELASTICSEARCH"] = ELASTICSEARCH
    if hasattr(config, "workerinput"):
        return  # what follows is for the process that all reports come to
    # for an interrupted run to stop its stacks
    NodeManager.EXIT_TIMEOUT = 60
    config.pluginmanager.register(CostByFile())
    if config.getoption("--record"):
        document = ROOT / "docs/verification.md"
        config.pluginmanager.register(Recorder(document, ELASTICSEARCH, datetime.date.today()))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of several processes none is to begin the longest file last."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(item.nodeid.partition("::")[0]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """In the order of collection."""
    config.option.loadscopereorder = False
    return ByServer(config, log)


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The folder of photos that scikit-image ships: always there."""
    package = importlib.util.find_spec("skimage")
    assert package is not None and package.origin is not None
    return Path(package.origin).parent / "data"


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real photos that IMAGE_SYNSET_TEST_DATA names; not part of the project."""
    folder = Path(os.environ.get("IMAGE_SYNSET_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs the photos at {folder}: set IMAGE_SYNSET_TEST_DATA")
    return folder
