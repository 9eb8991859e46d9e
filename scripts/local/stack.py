"""Elasticsearch and the sidecar as one thing: up, down, status."""

import os
import shutil
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from scripts.local import node, sidecar
from scripts.local.distribution import chosen_version, ensure_distribution
from scripts.local.health import StackStatus, elasticsearch_status, sidecar_status
from scripts.local.host import ports, processes
from scripts.local.host.locks import exclusive
from scripts.local.host.ports import PortClaims
from scripts.local.host.prerequisites import check_disk, check_memory, find_jdk
from scripts.local.host.report import Report
from scripts.local.host.users import service_user
from scripts.local.login import USER, kept_password, password_file, with_login
from scripts.local.node import LocalNode
from scripts.local.plugins import ensure_plugins
from scripts.local.sidecar import LocalSidecar
from scripts.local.state import Service, StackOptions, StackState, state_file
from scripts.local.tuned import PRECISION, Tuned, tuned_file
from scripts.shared.errors import CliError, Interrupted, PrerequisiteMissing, StartFailed, StateUnusable
from scripts.shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("elasticsearch", "sidecar")
_PORT_OPTIONS = {"elasticsearch": "--port", "sidecar": "--sidecar-port"}

# The first start of a large model downloads its weights.
_START_SECONDS = 900.0
_GRACE_SECONDS = 70.0  # gunicorn gives its workers 60 to finish what is in flight
_STATE_DISK = 1_500_000_000  # above Elasticsearch's own low watermark


class Stack:
    """The local stack of one state folder."""

    def __init__(self, settings: Settings | None = None, report: Report | None = None, root: Path = ROOT) -> None:
        """`root` is the source tree whose sidecar and plugins are run."""
        self._settings = settings or Settings()
        self._report = report or Report()
        self._root = root
        self._folder = self._settings.state_dir.absolute()
        self._cache = self._settings.cache_dir.absolute()
        self._state_file = state_file(self._folder)
        self.logs = {name: self._folder / f"logs/{name}.log" for name in SERVICES}

    @property
    def elasticsearch_url(self) -> str | None:
        """Elasticsearch's address while its process runs."""
        return StackState.load(self._state_file).url_of("elasticsearch")

    @property
    def sidecar_url(self) -> str | None:
        """The sidecar's address while its process runs."""
        return StackState.load(self._state_file).url_of("sidecar")

    def status(self) -> StackStatus:
        status = StackStatus(
            elasticsearch=elasticsearch_status(self.elasticsearch_url, with_login(self._settings)),
            sidecar=sidecar_status(self.sidecar_url),
        )
        if StackState.load(self._state_file).remembered.secure:
            status.elasticsearch.password_file = password_file(self._folder)
        return status

    def up(self, given: StackOptions | None = None) -> StackStatus:
        """Makes the stack run as its options and sources say, and waits until it is ready.

        What runs already and is as it should be stays; a part whose sources or options changed is restarted.

        Raises:
            CliError: see the tree in `scripts.shared.errors`; what this call started is stopped again.
        """
        if not (self._root / "es_config/pom.xml").is_file():
            raise PrerequisiteMissing(
                f"Expected the plugin's sources in {self._root}, which the local stack is built from, found none: run "
                "`up` in a clone of the project. An installed package works with your own Elasticsearch: install the "
                "plugin's zip of the release there, run `image-synset serve`, and set --url (or IMAGE_SYNSET_URL)."
            )
        with self._alone(), processes.termination_as_interrupt():
            state = self._load_without_stale()
            kept, before = state.running(), state.model_copy(deep=True)
            state.options = before.options.overridden_by(given or StackOptions())
            try:
                with PortClaims() as claims:
                    return self._up(state, claims)
            except BaseException as error:
                started = [name for name, service in state.running().items() if service != kept.get(name)]
                state.options = before.options
                data_version = state.remembered.data_version
                state.remembered = before.remembered.model_copy(update={"data_version": data_version})
                self._stop(state, started)
                if isinstance(error, KeyboardInterrupt):
                    stopped = f"stopped: {', '.join(started)}" if started else "nothing had been started yet"
                    raise Interrupted(f"Interrupted; {stopped}.") from None
                raise

    def down(self, *, purge: bool = False) -> list[str]:
        """Stops every process of the stack and returns their names; keeps the data unless `purge`."""
        with self._alone():
            state = self._load_without_stale()
            running = list(state.running())
            if running:
                with self._report.step(f"Stopping {' and '.join(running)}"):
                    self._stop(state, running)
            else:
                self._report.note("Nothing runs.")
            if purge:
                for path in self.purgeable():
                    if path.is_dir() and not path.is_symlink():
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink()
                self._report.note(f"Deleted the node's data, the sidecar's cache and the logs in {self._folder}.")
            return running

    def purgeable(self) -> list[Path]:
        """What `down(purge=True)` deletes, of what is there: folders, then files."""
        folders = [self._folder / name for name in ("elasticsearch", "sidecar-cache", "logs")]
        return [path for path in (*folders, self._state_file, password_file(self._folder)) if os.path.lexists(path)]

    def _alone(self) -> AbstractContextManager[None]:
        return exclusive(self._folder / "lock", self._report, wait=False)

    def _load_without_stale(self) -> StackState:
        """Forgets services whose process is gone, or whose pid is another's; ends what they left behind."""
        state = StackState.load(self._state_file)
        for name, service in state.running().items():
            if not service.process.alive:
                self._report.note(f"{name} (process {service.process.pid}) no longer runs: cleaned up.")
                self._stop(state, [name])
        # Options are those of something that runs; a new start begins with the defaults.
        return state if state.running() else StackState(remembered=state.remembered)

    def _up(self, state: StackState, claims: PortClaims) -> StackStatus:
        tuned = self._tuned(state.options)
        wanted_sidecar = self._plan_sidecar(state, claims, tuned)
        wanted_node = self._plan_node(state, claims, f"http://{ports.LOOPBACK}:{wanted_sidecar.port}", tuned)
        wanted = {"sidecar": wanted_sidecar.fingerprint, "elasticsearch": wanted_node.fingerprint}
        changed = [name for name, service in state.running().items() if service.fingerprint != wanted[name]]
        if changed:
            with self._report.step(f"Stopping {' and '.join(changed)}, whose sources or options changed"):
                self._stop(state, changed)
        if state.sidecar is None:
            process = wanted_sidecar.start(self._report)
            state.sidecar = Service(process=process, port=wanted_sidecar.port, fingerprint=wanted["sidecar"])
            state.save(self._state_file)
        if state.elasticsearch is None:
            wanted_node.prepare(self._report)
            state.remembered.data_version = wanted_node.distribution.version
            process = wanted_node.start()
            state.elasticsearch = Service(process=process, port=wanted_node.port, fingerprint=wanted["elasticsearch"])
            state.save(self._state_file)
        return self._wait(state)

    def _tuned(self, options: StackOptions) -> Tuned | None:
        """What `image-synset tune` found, if it did for the model that is to be served."""
        model, environment = options.model or "auto", {**os.environ, **(options.sidecar_environment or {})}
        file = tuned_file(self._folder)
        if (tuned := Tuned.load(file)) is None or not tuned.values:
            return None
        if not tuned.fits(model, environment.get(PRECISION, "f32")):
            self._report.note(f"{file} is not used: it was measured with {tuned.model} ({tuned.precision}).")
            return None
        self._report.note(f"From {file}: {tuned}")
        return tuned

    def _plan_sidecar(self, state: StackState, claims: PortClaims, tuned: Tuned | None) -> LocalSidecar:
        return LocalSidecar(
            root=self._root,
            port=self._port("sidecar", state, claims, state.options.sidecar_port, sidecar.DEFAULT_PORT),
            model=state.options.model or "auto",
            environment=state.options.sidecar_environment or {},
            tuned=tuned.sidecar if tuned else {},
            user=service_user(),
            home=self._cache / "sidecar",
            cache=self._folder / "sidecar-cache",
            models=sidecar.model_folder(self._settings),
            log=self.logs["sidecar"],
        )

    def _plan_node(self, state: StackState, claims: PortClaims, sidecar_url: str, tuned: Tuned | None) -> LocalNode:
        """Checks and fetches what a start needs; what can fail at once does so before the long download."""
        heap = state.options.heap or "1g"
        settings = (tuned.node if tuned else {}) | (state.options.node_settings or {})
        if state.options.secure is not None:
            state.remembered.secure = state.options.secure
        if state.remembered.secure:
            settings = settings | {"xpack.security.enabled": "true"}
        password = self._password(settings, state.remembered.secure)
        port = self._port("elasticsearch", state, claims, state.options.port, node.DEFAULT_PORT)
        transport = None
        if "transport.port" not in settings:
            transport = self._port("transport", state, claims, None, port + node.TRANSPORT_ABOVE)
        if state.elasticsearch is None:
            check_memory(heap)
            check_disk(self._folder, _STATE_DISK, "IMAGE_SYNSET_STATE_DIR")
        user = service_user()
        jdk = find_jdk(user)
        es_config = self._root / "es_config"
        version = self._version(state, es_config / "pom.xml")
        self._check_data(state, version)
        with exclusive(self._cache / "lock", self._report, wait=True):
            distribution = ensure_distribution(version, self._cache, jdk, self._report)
            plugins = ensure_plugins(es_config, distribution, self._cache, jdk, self._report)
        return LocalNode(
            home=self._folder / "elasticsearch",
            log=self.logs["elasticsearch"],
            distribution=distribution,
            plugins=plugins,
            jdk=jdk,
            user=user,
            port=port,
            heap=heap,
            sidecar_url=sidecar_url,
            settings=settings,
            transport_port=transport,
            password=password,
        )

    def _password(self, node_settings: Mapping[str, str], kept: bool) -> str | None:
        """For the user elastic, where the node asks for passwords; `kept`: in a file of the state folder.

        Raises:
            CliError: there is none, or it is for somebody else, so that nobody could tell whether the node is ready.
        """
        if node_settings.get("xpack.security.enabled") != "true":
            return None
        given = self._settings.password if self._settings.username == USER else None
        if kept:
            return kept_password(self._folder, given).get_secret_value()
        if not given:
            raise CliError(
                "Expected IMAGE_SYNSET_USERNAME=elastic and in IMAGE_SYNSET_PASSWORD the password that this user is to "
                "have, because xpack.security.enabled is true. Set both for every command, or use `up --secure`, "
                "which makes a password that the commands know."
            )
        return given.get_secret_value()

    def _version(self, state: StackState, pom: Path) -> str:
        """The version asked for, now or before, else the default one."""
        if asked := state.options.elasticsearch or self._settings.elasticsearch:
            state.remembered.elasticsearch = asked
        return chosen_version(state.remembered.elasticsearch, pom)

    def _check_data(self, state: StackState, version: str) -> None:
        """Elasticsearch upgrades the data of an older version, and refuses those of a newer one.

        Raises:
            StateUnusable: the data are a newer version's.
        """
        written = state.remembered.data_version
        if written is None or written == version:
            return
        if _ordered(written) > _ordered(version):
            raise StateUnusable(
                f"Expected data of Elasticsearch {version} or older in {self._folder}, found those of {written}, which "
                f"an older one can't read. Use --elasticsearch {written}, or another folder (IMAGE_SYNSET_STATE_DIR), "
                "or delete them with `down --purge`."
            )
        self._report.note(f"Elasticsearch {version} upgrades the data that {written} wrote; there is no way back.")

    def _wait(self, state: StackState) -> StackStatus:
        status = self._own_status(state)
        if status.ready:
            self._report.note("Already up.")
            return status
        deadline = time.monotonic() + _START_SECONDS
        with self._report.step("Waiting for Elasticsearch and the sidecar"):
            while not status.ready:
                for name, service in state.running().items():
                    if not service.process.alive:
                        raise StartFailed(f"Expected {name} to start, but it ended.{self._end_of_log(name)}")
                if time.monotonic() > deadline:
                    late = [name for name in SERVICES if not getattr(status, name).ready]
                    raise StartFailed(
                        f"Expected {' and '.join(late)} to be ready within {_START_SECONDS:.0f} s."
                        + "".join(self._end_of_log(name) for name in late)
                    )
                time.sleep(0.5)
                status = self._own_status(state)
        return status

    def _own_status(self, state: StackState) -> StackStatus:
        """Whoever else took a port before our service listens there may well be ready, and is not meant."""
        status = self.status()
        for name in SERVICES:
            service = getattr(status, name)
            # asked only where something answers: it reads all connections of the machine, which may be many
            service.ready = service.ready and state.listens(name)
        return status

    def _stop(self, state: StackState, names: list[str]) -> None:
        running = state.running()
        processes.stop([running[name].process for name in names], _GRACE_SECONDS)
        for name in names:
            setattr(state, name, None)
        state.save(self._state_file)

    def _port(self, purpose: str, state: StackState, claims: PortClaims, given: int | None, default: int) -> int:
        """The port asked for, else the one the service has or had last, else the default one, else any free one."""
        before = state.remembered.ports.get(purpose)
        running = {"transport": "elasticsearch"}.get(purpose, purpose) in state.running()
        if running and before and given in (None, before):
            return before
        wanted = before or default
        port = claims.choose(given, wanted, _PORT_OPTIONS.get(purpose, ""))
        if given is None and port != wanted:
            self._report.note(f"Port {wanted} is in use by something else: taking {port}.")
        state.remembered.ports[purpose] = port
        return port

    def _end_of_log(self, name: str) -> str:
        log = self.logs[name]
        first = processes.first_error(log)
        begin = f"\n--- the first error in {log}\n{first}" if first else ""
        return f"{begin}\n--- the end of {log}\n{processes.last_lines(log)}"


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
