"""An engine for the whole run, and a running project for each file of tests."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.local.host.locks import exclusive
from scripts.local.host.processes import termination_as_interrupt
from scripts.local.host.report import Report
from scripts.shared.settings import Settings
from tests.containers import images
from tests.containers.engine import Engine, engine
from tests.containers.project import Project
from tests.support.compose_files import FILES

PHOTOS = ("chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "astronaut.png", "camera.png")


@dataclass(frozen=True)
class Workshop:
    """An engine with the images that the project's files name; `stand_ins` has those that could not be pulled."""

    engine: Engine
    stand_ins: dict[str, str]

    @contextmanager
    def project(self, file: str, name: str) -> Iterator[Project]:
        """Not started; nothing of it is left afterward."""
        with tempfile.TemporaryDirectory(prefix="image-synset-compose-") as folder:
            project = Project(self.engine, Path(folder), file, self.stand_ins, name)
            try:
                yield project
            finally:
                project.down()


@pytest.fixture(scope="session")
def photos(shipped: Path) -> list[str]:
    """The paths of `PHOTOS`, in their order."""
    return [str(shipped / name) for name in PHOTOS]


@pytest.fixture(scope="session")
def sidecar_engine(workshop: "Workshop") -> Engine:
    """With the image of the project's sidecar."""
    with workshop.project(FILES[0], "image-synset-test-build") as project:
        project("build", "sidecar", timeout=900)
    return workshop.engine


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    """Skips with the reason where there can't be one."""
    if os.geteuid() != 0:
        pytest.skip("needs root: the engine's own, and what containers are looked into with")
    cache = Settings().cache_dir.absolute() / "containers"
    with (
        termination_as_interrupt(),
        exclusive(cache / "lock", Report.quiet(), wait=True),
        engine(cache) as running,
    ):
        yield Workshop(running, images.ensure(running, cache))
