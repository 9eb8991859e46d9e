"""Starts services that outlive the command, knows them again later, and stops all of each."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType

import psutil
from pydantic import BaseModel

from scripts.local.host.users import ServiceUser
from scripts.shared.errors import StateUnusable

# Where the kernel's own count can't be read: the system's clock adjustments move start times a little.
_SAME_START_SECONDS = 2.0
_KILL_SECONDS = 10.0


def _birth(pid: int) -> str | None:
    """When the kernel started the process, by its own count since a boot, which no change of the clock moves.

    None where there is no such process, or the system has no /proc.
    """
    try:
        # the name in parentheses may hold anything
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return f"{_boot()} {fields[19]}"
    except (OSError, IndexError):
        return None


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class RunningProcess(BaseModel):
    """The leader of a session of its own; its start time distinguishes it from a later process with the same pid."""

    pid: int
    started: float
    birth: str | None = None
    """Id of the boot and the kernel's ticks from there to the start; None where the system does not say."""

    @classmethod
    def of(cls, pid: int) -> "RunningProcess":
        """That of a process that runs now."""
        return cls(pid=pid, started=psutil.Process(pid).create_time(), birth=_birth(pid))

    @property
    def alive(self) -> bool:
        """Whether the leader itself runs."""
        return any(member.pid == self.pid for member in self.members())

    def listens_on(self, port: int) -> bool:
        """Whether it is this session that answers there, not somebody else's server; as far as the system reports."""
        try:
            return any(
                connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
                for member in self.members()
                for connection in member.net_connections("tcp")
            )
        except psutil.AccessDenied:  # another user's process
            return self.alive
        except psutil.NoSuchProcess:  # one of them ended just now
            return False

    def members(self) -> list[psutil.Process]:
        """Returns what runs of the session, the leader or not; nothing when the pid is another's by now."""
        try:
            if not self._is(psutil.Process(self.pid)):
                return []
        except psutil.NoSuchProcess:
            # its children may outlive it, and the system keeps its pid from others while they do
            if self.birth is not None and self.birth.split()[0] != _boot():
                return []
        return [process for process in psutil.process_iter() if _runs_in_session(process, self.pid)]

    def _is(self, process: psutil.Process) -> bool:
        if self.birth is not None and (birth := _birth(process.pid)) is not None:
            return birth == self.birth
        return abs(process.create_time() - self.started) <= _SAME_START_SECONDS


def _runs_in_session(process: psutil.Process, session: int) -> bool:
    try:
        return os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, psutil.Error):
        return False


def start(
    command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], log: Path, user: ServiceUser
) -> RunningProcess:
    """Starts a service in a session of its own, its output in the file `log`, which is emptied first."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o022,
            **user.identity,
        )
    running = RunningProcess.of(process.pid)
    # From here on it is known by pid and start time, and psutil waits for it: Popen must not warn that it runs.
    process.returncode = 0
    return running


def stop(processes: Iterable[RunningProcess], grace_seconds: float) -> None:
    """Asks every process of the sessions to end, and kills what is left after the grace period."""
    processes = list(processes)
    for signal_number, patience in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, _KILL_SECONDS)):
        members = [member for process in processes for member in process.members()]
        for member in members:
            try:
                member.send_signal(signal_number)
            except psutil.NoSuchProcess:
                pass
            except psutil.AccessDenied:
                raise StateUnusable(
                    f"Expected to be allowed to stop process {member.pid} ({member.username()}), but it belongs "
                    "to another user. Run the command as that user, or as root."
                ) from None
        psutil.wait_procs(members, timeout=patience)


def run(
    command: Sequence[str | Path],
    *,
    log: Path | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    tick: Callable[[], None] | None = None,
) -> int:
    """Runs a command, output to the file `log` if given, calling `tick` twice a second; returns the exit code."""
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") if log else nullcontext() as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            umask=0o022,
        )
        try:
            while process.poll() is None:
                if tick:
                    tick()
                time.sleep(0.5)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    return process.returncode


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Within it SIGTERM, from a CI system say, is KeyboardInterrupt as Ctrl-C is, so that clean-up happens."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


# Elasticsearch's, gunicorn's and the JVM's own
_ERROR = re.compile(
    r"\[(ERROR|FATAL) *\]|\"level\": ?\"(ERROR|CRITICAL)\"|^(ERROR|FATAL|Error:|Exception in thread|Traceback)"
)


def first_error(log: Path, count: int = 6) -> str | None:
    """Returns the first error in a log file and what follows it, without Java's stack frames; None without one."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    begin = next((number for number, line in enumerate(lines) if _ERROR.search(line)), None)
    if begin is None:
        return None
    return "\n".join([line for line in lines[begin:] if not line.startswith("\tat ")][:count])


def last_lines(log: Path, count: int = 20) -> str:
    """Returns the end of a log file, without Java's stack frames, which would fill it; or says that there is none."""
    if not log.exists():
        return f"(no {log})"
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join([line for line in lines if not line.startswith("\tat ")][-count:])
