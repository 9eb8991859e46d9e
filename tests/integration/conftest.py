"""One real stack for the whole run: Elasticsearch with the plugin, and the sidecar with a trained model."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from elasticsearch import Elasticsearch

from scripts.cli import main
from scripts.connection import connect
from scripts.local.host import processes
from scripts.local.host.ports import any_free
from scripts.local.stack import Stack
from scripts.local.state import StackOptions, StackState, state_file
from scripts.shared.settings import Settings
from tests.support.servers.faulty import FaultyStack, faulty_stack
from tests.support.servers.secured import SecuredNode, secured_node
from tests.support.waiting import QUICK_BREAKER, wait_for_analysis


@pytest.fixture(scope="session")
def state_dir() -> Iterator[Path]:
    """A state folder that an unprivileged user can enter, which pytest's own temporary folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="image-synset-tests-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def repository(state_dir: Path) -> Path:
    """A folder for snapshots, which the stack's node may write to."""
    folder = state_dir / "snapshots"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    return folder


@pytest.fixture(scope="session")
def node_settings(repository: Path) -> dict[str, str]:
    """Of the stack's node: it may copy documents from itself as from a remote cluster."""
    return {
        "path.repo": str(repository),
        "reindex.remote.whitelist": "127.0.0.1:*",
        **QUICK_BREAKER,
    }


@pytest.fixture(scope="session")
def stack(state_dir: Path, node_settings: dict[str, str]) -> Iterator[Stack]:
    """Started by the same code as `image-synset up`."""
    stack = Stack(Settings(state_dir=state_dir))
    # ports of its own: two runs that start at the same moment would both find the default ones free
    stack.up(
        StackOptions(model="efficientnet_lite0", port=any_free(), sidecar_port=any_free(), node_settings=node_settings)
    )
    yield stack
    stack.down(purge=True)


@pytest.fixture(scope="session")
def faulty() -> Iterator[FaultyStack]:
    """Another stack, to be hurt; each test leaves it repaired."""
    with faulty_stack() as running:
        yield running


@pytest.fixture(scope="session")
def cli(stack: Stack, state_dir: Path) -> Callable[..., Result]:
    """Runs `image-synset` against the test stack."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env={"IMAGE_SYNSET_STATE_DIR": str(state_dir)})

    return run


@pytest.fixture(scope="session")
def es(stack: Stack, cli: Callable[..., Result]) -> Elasticsearch:
    """A client of the stack, after `image-synset setup`."""
    result = cli("setup")
    assert result.exit_code == 0, result.output
    return connect(Settings(url=stack.elasticsearch_url))


@pytest.fixture
def index(es: Elasticsearch, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of an index of this test's own, which the index template fits."""
    name = f"image-synset-{request.node.name.split('[')[0].replace('_', '-')}".lower()
    yield name
    es.indices.delete(index=name, ignore_unavailable=True)


@pytest.fixture(scope="session")
def secured(stack: Stack) -> Iterator[SecuredNode]:
    """Another node, with security turned on and the stack's sidecar."""
    with secured_node(str(stack.sidecar_url)) as node:
        yield node


@pytest.fixture
def sidecar_away(stack: Stack, state_dir: Path) -> Callable[[], AbstractContextManager[None]]:
    """A context in which the stack's sidecar does not run."""

    @contextmanager
    def away() -> Iterator[None]:
        processes.stop([StackState.load(state_file(state_dir)).running()["sidecar"].process], 20)
        try:
            yield
        finally:
            stack.up()
            wait_for_analysis(connect(Settings(url=stack.elasticsearch_url)))

    return away


@pytest.fixture(scope="session")
def sidecar_calls(stack: Stack) -> Callable[[], int]:
    """How many requests for analysis the sidecar has answered so far."""

    def count() -> int:
        # counted before the answer leaves: whoever has the answer finds it here
        metrics = requests.get(f"{stack.sidecar_url}/metrics", timeout=30).text
        found = re.search(r"^sidecar_request_seconds_count ([0-9.e+]+)$", metrics, re.MULTILINE)
        assert found, metrics
        return int(float(found[1]))

    return count


@pytest.fixture(scope="session")
def sidecar_analysis(stack: Stack) -> Callable[[bytes], dict[str, Any]]:
    """What the sidecar itself says of an image file."""
    import base64
    import json
    import urllib.request

    def analyze(image: bytes) -> dict[str, Any]:
        body = {"images": [{"id": "1", "image": base64.b64encode(image).decode()}], "top_k": 10}
        request = urllib.request.Request(
            f"{stack.sidecar_url}/v1/analyze", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as response:
            result: dict[str, Any] = json.load(response)["results"][0]
        return result

    return analyze
