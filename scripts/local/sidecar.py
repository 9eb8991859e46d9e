"""The sidecar under gunicorn, from the source tree."""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scripts.local.host import processes
from scripts.local.host.environment import SIDECARS, passed_on
from scripts.local.host.ports import LOOPBACK
from scripts.local.host.processes import RunningProcess
from scripts.local.host.report import Report
from scripts.local.host.users import ServiceUser
from scripts.shared.errors import CliError
from scripts.shared.settings import Settings
from sidecar.settings import Settings as SidecarSettings

DEFAULT_PORT = 8500


def sidecar_settings(settings: Settings, model: str | None = None) -> SidecarSettings:
    """The settings that a sidecar of the local stack would have, for commands that work on its models.

    Raises:
        CliError: a variable of the environment does not fit.
    """
    given: dict[str, Any] = {} if model is None else {"model": model}
    if "SIDECAR_MODEL_CACHE_DIR" not in os.environ:
        given["model_cache_dir"] = model_folder(settings)
    try:
        return SidecarSettings(**given)
    except ValidationError as error:
        raise CliError(f"a SIDECAR_* environment variable or an option does not fit: {error}") from None


def model_folder(settings: Settings) -> Path:
    """Where converted and quantized models are, for all stacks."""
    return settings.cache_dir.absolute() / "models"


@dataclass(frozen=True)
class LocalSidecar:
    """What the sidecar is to be started from."""

    root: Path  # the source tree
    port: int
    model: str
    environment: Mapping[str, str]
    user: ServiceUser
    home: Path  # for the unprivileged user, whose own may not exist: Keras keeps weights there
    cache: Path  # what the model said of which image
    models: Path  # converted and quantized models, shared by all stacks
    log: Path
    tuned: Mapping[str, str] = field(default_factory=dict)  # as `environment`, which wins as the caller's own does

    @property
    def fingerprint(self) -> str:
        given = sorted({**self.tuned, **self.environment}.items())
        digest = hashlib.sha256(repr((self.port, self.model, given)).encode())
        for file in self._sources():
            digest.update(f"{file.relative_to(self.root)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        for path in self._model_files():
            facts = path.stat()
            digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\0".encode())
        return digest.hexdigest()

    def _model_files(self) -> list[Path]:
        """Those of a model in a folder, whose whole path `up` gives; none for a built-in model."""
        if not Path(self.model).is_absolute():
            return []
        return sorted(path for path in Path(self.model).rglob("*") if path.is_file())

    def _sources(self) -> Iterator[Path]:
        for path in sorted((self.root / "sidecar").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path

    def start(self, report: Report) -> RunningProcess:
        """Starts it, as the unprivileged user if that one can reach this interpreter and its packages."""
        user, env = self.user, passed_on(SIDECARS, prefix="SIDECAR_")
        if user.uid is not None:
            reads = "import gunicorn, sidecar, sys; [open(path, 'rb').close() for path in sys.argv[1:]]"
            if user.can_run([sys.executable, "-c", reads, *map(str, self._model_files())], cwd=self.root):
                user.owns(self.home)
                env["HOME"] = str(self.home)
            else:
                report.note(
                    f"Note: the sidecar runs as root, like you, because the user {user.name} can't read one of these: "
                    f"{self.root}, {sys.executable} (really {Path(sys.executable).resolve()}), or the model's folder."
                )
                user = ServiceUser("root", 0, 0)
                self._forget_others_cache()
        user.owns(self.cache, self.models)
        env = {"SIDECAR_MODEL_CACHE_DIR": str(self.models), **self.tuned} | env
        env |= {
            "SIDECAR_CACHE_DIR": str(self.cache),
            **self.environment,
            "SIDECAR_HOST": LOOPBACK,
            "SIDECAR_PORT": str(self.port),
            "SIDECAR_MODEL": self.model,
        }
        command = [
            *(sys.executable, "-m", "gunicorn"),
            *("-c", "sidecar/gunicorn.conf.py", "sidecar.app:create_app()"),
        ]
        return processes.start(command, cwd=self.root, env=env, log=self.log, user=user)

    def _forget_others_cache(self) -> None:
        """What the unprivileged user left there, root's sidecar does not read."""
        if self.cache.is_dir() and self.cache.stat().st_uid != 0:
            shutil.rmtree(self.cache)
