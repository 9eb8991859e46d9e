"""A stack of its own that tests may hurt: the proxy before the sidecar, and the processes killed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from elasticsearch import Elasticsearch

from scripts.local.host.ports import any_free
from scripts.local.host.report import Report
from scripts.local.stack import Stack
from scripts.local.state import StackOptions, StackState, state_file
from scripts.shared.assets import put_assets
from scripts.shared.client import open_client
from scripts.shared.settings import Settings
from tests.support.servers.proxy import FaultyProxy
from tests.support.waiting import QUICK_BREAKER, wait_for_analysis

WITHOUT_CACHE = {"SIDECAR_CACHE_BYTES": "0"}


def kill(folder: Path, name: str) -> None:
    """-9 for every process of the `sidecar` or `elasticsearch` that a state folder's stack runs."""
    for member in StackState.load(state_file(folder)).running()[name].process.members():
        # one that another started may end with it
        with suppress(psutil.NoSuchProcess):
            member.kill()
        member.wait(20)


@dataclass(frozen=True)
class FaultyStack:
    """`es` retries nothing, so that every error is seen once."""

    folder: Path
    stack: Stack
    proxy: FaultyProxy
    es: Elasticsearch

    def kill(self, name: str) -> None:
        """As `kill`."""
        kill(self.folder, name)

    def repair(self) -> None:
        """Start what is gone, on the same ports; until images are analyzed again."""
        self.stack.up()
        self.calm()

    def calm(self) -> None:
        """Answers are as the sidecar gives them; until images are analyzed again."""
        self.proxy.fault = None
        wait_for_analysis(self.es)

    def log(self, name: str) -> str:
        """Since its last start."""
        return self.stack.logs[name].read_text("utf-8")


@contextmanager
def faulty_stack() -> Iterator[FaultyStack]:
    """Without the content cache: each image is analyzed whenever it is sent."""
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        proxy, stack = FaultyProxy(), Stack(Settings(state_dir=folder), Report.quiet())
        try:
            stack.up(
                StackOptions(
                    port=any_free(),
                    sidecar_port=any_free(),
                    heap="1g",
                    model="efficientnet_lite0",
                    sidecar_environment=WITHOUT_CACHE,
                    node_settings={
                        "ingest.image_synset.sidecar.urls": f'["{proxy.url}"]',
                        **QUICK_BREAKER,
                    },
                )
            )
            proxy.target = str(stack.sidecar_url)
            es = open_client(str(stack.elasticsearch_url), Settings(), request_timeout=600, max_retries=0)
            list(put_assets(es))
            yield FaultyStack(folder, stack, proxy, es)
            es.close()
        finally:
            stack.down()
            proxy.close()
