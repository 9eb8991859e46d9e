"""A stack of a benchmark's own, with one model and without the content cache, removed afterward."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from scripts.bench.analysis.workload import ROOT, bench_folder, model_settings
from scripts.local.host.ports import any_free
from scripts.local.host.processes import RunningProcess
from scripts.local.host.report import Report
from scripts.local.stack import Stack
from scripts.local.state import StackOptions, StackState, state_file
from scripts.shared.assets import create_index, put_assets
from scripts.shared.client import open_client
from scripts.shared.settings import Settings

_REQUEST_SECONDS = 600


@dataclass(frozen=True, slots=True)
class OwnStack:
    """`process` has the arguments for other processes with the same model, `running` the leaders by service."""

    es: Elasticsearch
    url: str
    sidecar: str
    process: dict[str, Any]
    running: Mapping[str, RunningProcess]


@contextmanager
def own_stack(model: str, index: str, node_settings: Mapping[str, str] | None = None) -> Iterator[OwnStack]:
    """A running stack with the project's templates, and an index with the shipped mappings."""
    log = bench_folder() / "ingest.log"
    given = model_settings(model, log)
    environment = {**given, "SIDECAR_CACHE_BYTES": "0"}
    with temporary_stack(model=model, sidecar_environment=environment, node_settings=dict(node_settings or {})) as (
        stack,
        state,
    ):
        url = str(stack.elasticsearch_url)
        with open_client(url, Settings(), request_timeout=_REQUEST_SECONDS, max_retries=0) as es:
            list(put_assets(es))
            create_index(es, index)
            process = {"environment": {**os.environ, **given}, "log": log, "root": ROOT}
            services = StackState.load(state_file(state)).running()
            running = {name: service.process for name, service in services.items()}
            yield OwnStack(es, url, str(stack.sidecar_url), process, running)


@contextmanager
def temporary_stack(**options: Any) -> Iterator[tuple[Stack, Path]]:
    """A running stack on free ports with these `StackOptions`, and its state folder, which is removed with it."""
    state = Path(tempfile.mkdtemp(prefix="stack-", dir=bench_folder()))
    state.chmod(0o755)  # Elasticsearch may run as another user
    stack = Stack(Settings(state_dir=state), Report.quiet())
    try:
        stack.up(StackOptions(port=any_free(), sidecar_port=any_free(), **options))
        yield stack, state
    finally:
        stack.down()
        shutil.rmtree(state, ignore_errors=True)
