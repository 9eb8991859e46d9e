"""A stack whose node has half of the usual heap: what holds there holds everywhere."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from elasticsearch import Elasticsearch

from scripts.cli import main
from scripts.local.host.ports import any_free
from scripts.local.host.report import Report
from scripts.local.stack import Stack
from scripts.local.state import StackOptions
from scripts.shared.client import open_client
from scripts.shared.settings import Settings

HEAP = "512m"


@pytest.fixture(scope="package")
def small_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        stack = Stack(Settings(state_dir=folder), Report.quiet())
        try:
            stack.up(StackOptions(port=any_free(), sidecar_port=any_free(), heap=HEAP, model="efficientnet_lite0"))
            yield folder
        finally:
            stack.down()


@pytest.fixture(scope="package")
def small_cli(small_folder: Path) -> Callable[..., Result]:
    """Runs `image-synset` against that stack, which is set up."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env={"IMAGE_SYNSET_STATE_DIR": str(small_folder)})

    assert run("setup").exit_code == 0
    return run


@pytest.fixture(scope="package")
def small_url(small_folder: Path) -> str:
    return str(Stack(Settings(state_dir=small_folder), Report.quiet()).elasticsearch_url)


@pytest.fixture
def small_es(small_url: str, small_cli: Callable[..., Result]) -> Iterator[Elasticsearch]:
    """A client of that node; the test fails if the node ended or was started again meanwhile."""
    with open_client(small_url, Settings(), request_timeout=300, max_retries=0) as es:
        before = es.nodes.info(metric="jvm")["nodes"]
        yield es
        after = es.nodes.info(metric="jvm")["nodes"]
        assert [node["jvm"]["start_time_in_millis"] for node in after.values()] == [
            node["jvm"]["start_time_in_millis"] for node in before.values()
        ]
