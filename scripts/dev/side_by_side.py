"""Runs make's targets side by side, and their cost: `python -m scripts.dev.side_by_side "lint test-java" test-python`.

Each argument is a lane: its targets run one after the other, and the lanes at the same time. The last one has to be the
longest: the others give way to it, and use the processors while its tests wait. What a target prints is shown with its
name before each line, and kept in `target/test/`. Ctrl-C ends all of them.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scripts.local.host import processes

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "target/test"
BUDGET = "IMAGE_SYNSET_TEST_BUDGET"
GOAL_SECONDS = 12 * 60
BUDGET_SECONDS = 27 * 60  # of CI: half more than the 18 minutes that a run took on two quiet cores
# a piece of work, and how long two at once take there
_WORK, _WORK_SECONDS = "sum(number * number for number in range(60_000_000))", 4.0
# what the lanes before the last add to their niceness: a third of the last one's weight where processors are short
_NICER = 5
_LAST_LINES = 60
_PATIENCE_SECONDS = 90  # stacks are stopped meanwhile


@dataclass
class Phase:
    """One target of make and what became of it; `seconds` and `cpu_seconds` count until it ends."""

    target: str
    log: Path
    exit_code: int | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    process: "subprocess.Popen[str] | None" = field(default=None, repr=False)


class Lanes:
    """Lanes of phases; a lane goes on where one of its phases fails, so that one run shows every failure."""

    def __init__(self, lanes: Iterable[Sequence[str]], make: Sequence[str], logs: Path = LOGS) -> None:
        self._make, self._stopped = make, threading.Event()
        self._lanes = [[Phase(target, logs / f"{target}.log") for target in lane] for lane in lanes]
        self.phases = [phase for lane in self._lanes for phase in lane]

    def run(self) -> None:
        """Runs all, until they have ended; on Ctrl-C and SIGTERM ends what runs and raises KeyboardInterrupt."""
        threads = [
            threading.Thread(target=self._run_lane, args=(lane, 0 if lane is self._lanes[-1] else _NICER))
            for lane in self._lanes
        ]
        with processes.termination_as_interrupt():
            try:
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            except BaseException:
                self._stop()
                raise

    def _run_lane(self, lane: list[Phase], nicer: int) -> None:
        for phase in lane:
            if not self._stopped.is_set():
                self._run_phase(phase, nicer)

    def _run_phase(self, phase: Phase, nicer: int) -> None:
        phase.log.parent.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        # a session of its own: a terminal's Ctrl-C reaches it through this process, once
        phase.process = subprocess.Popen(
            ["nice", "-n", str(nicer), *self._make, phase.target],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert phase.process.stdout is not None
        with phase.process.stdout as output, phase.log.open("w") as log:
            for line in output:
                log.write(line)
                print(f"{phase.target} | {line}", end="", flush=True)
        _, status, usage = os.wait4(phase.process.pid, 0)
        phase.process.returncode = phase.exit_code = os.waitstatus_to_exitcode(status)
        phase.seconds = time.monotonic() - started
        phase.cpu_seconds = usage.ru_utime + usage.ru_stime

    def _stop(self) -> None:
        """First as Ctrl-C would, so that tests stop their stacks; what is left after that is killed."""
        self._stopped.set()
        with _deaf_to_interrupts():
            for number, patience in ((signal.SIGINT, _PATIENCE_SECONDS), (signal.SIGKILL, 10)):
                running = [phase for phase in self.phases if phase.process and phase.exit_code is None]
                for phase in running:
                    assert phase.process is not None
                    try:
                        os.killpg(phase.process.pid, number)
                    except ProcessLookupError:
                        continue
                deadline = time.monotonic() + patience
                while any(phase.exit_code is None for phase in running) and time.monotonic() < deadline:
                    time.sleep(0.2)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def budget_seconds(environ: Mapping[str, str]) -> float | None:
    """How long a run may take: what the variable says, 0 for any time; else in CI the usual budget.

    Raises:
        ValueError: the variable is not a number of seconds.
    """
    if given := environ.get(BUDGET):
        return float(given) or None
    return BUDGET_SECONDS if environ.get("CI") else None


def slowness(work: str = _WORK, seconds: float = _WORK_SECONDS) -> float:
    """How many times as long as on the budget's machine a piece of work takes here now, on two processors at once.

    At least 1: a faster machine gets no smaller budget. Other people's work on the same processors counts too.
    """
    started = time.monotonic()
    workers = [subprocess.Popen([sys.executable, "-c", work]) for _ in range(2)]
    for worker in workers:
        worker.wait()
    return max((time.monotonic() - started) / seconds, 1.0)


def summary(phases: Iterable[Phase], seconds: float) -> Iterator[str]:
    """What each phase cost, in seconds of the clock and of all processors; of failed ones the last lines."""
    phases = list(phases)
    for phase in phases:
        if phase.exit_code:
            yield f"\n{phase.target} failed; the end of {phase.log}:\n{processes.last_lines(phase.log, _LAST_LINES)}"
    yield f"\n{'phase':<14} {'seconds':>8} {'CPU':>6}  outcome"
    for phase in phases:
        outcome = {None: "not run", 0: "ok"}.get(phase.exit_code, f"failed ({phase.exit_code})")
        yield f"{phase.target:<14} {phase.seconds:>8.0f} {phase.cpu_seconds:>6.0f}  {outcome}  {_last_count(phase.log)}"
    cpu = sum(phase.cpu_seconds for phase in phases)
    yield f"{'all':<14} {seconds:>8.0f} {cpu:>6.0f}  the goal is {GOAL_SECONDS} s on two quiet cores"


def _last_count(log: Path) -> str:
    """The line in which pytest counts, without its frame; nothing for other programs."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next((line.strip("= ") for line in reversed(lines) if line.startswith("=") and " in " in line), "")


def main(arguments: Sequence[str]) -> int:
    """Runs the lanes, prints the summary, and returns 1 where a phase failed or the run took longer than it may."""
    # a shell's background jobs, and what they start, begin deaf to Ctrl-C, which tests send to their processes
    signal.signal(signal.SIGINT, signal.default_int_handler)
    allowed, started = budget_seconds(os.environ), time.monotonic()
    lanes = Lanes(
        [argument.split() for argument in arguments], [os.environ.get("MAKE", "make"), "--no-print-directory"]
    )
    try:
        lanes.run()
    except KeyboardInterrupt:
        print("Interrupted; all that ran was stopped.", file=sys.stderr)
        return 130
    seconds = time.monotonic() - started
    print("\n".join(summary(lanes.phases, seconds)))
    failed = any(phase.exit_code != 0 for phase in lanes.phases)
    if allowed is not None and seconds > allowed and not os.environ.get(BUDGET):
        allowed *= slowness()
    if allowed is not None and seconds > allowed:
        print(
            f"Expected the tests to take at most {allowed:.0f} s, but they took {seconds:.0f} s: make them faster, "
            f"or set {BUDGET} to the seconds that this machine may take (0: any)."
        )
        failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
