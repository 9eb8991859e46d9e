"""One stage after the other, each with what the one before chose, within the time that all have together."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from elasticsearch import Elasticsearch

from scripts.shared.errors import CliError
from scripts.tune.bulks import BULK_CANDIDATES, NODE_CANDIDATES, Bulks, measured_index, put
from scripts.tune.racing import Rates, Row, choose, enough, race, rows
from scripts.tune.sidecars import DEFAULT, Sidecars, Values, batch_candidates, streams_candidates, those_that_fit

# how much of the time has passed when a stage ends: streams and batch, then with a stack requests and bulks
_ENDS_ALONE, _ENDS_WITH_STACK = (0.5, 1.0), (0.2, 0.42, 0.62, 1.0)

Runs = Mapping[str, Callable[[], float]]


@dataclass(slots=True)
class Found:
    """What was tried, which of it was chosen, and what there is to say."""

    model: str = ""
    runtime: str = ""
    rows: list[Row] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Tuner:
    """Tunes for `seconds`, which begin when the model has been converted and runs."""

    def __init__(self, seconds: float, advance: Callable[[float], None]) -> None:
        """`advance` is called with how many seconds have passed."""
        self._seconds, self._report = seconds, advance
        self._begin = time.monotonic()
        self.found = Found()

    def tune(self, sidecars: Sidecars, cpus: int, es: Elasticsearch | None, photos: Sequence[Path]) -> Found:
        """Measure and choose; `es` is the running local stack's, None to leave its part out.

        Raises:
            CliError: the sidecar does not start, or can't analyze the photos.
        """
        ends = _ENDS_WITH_STACK if es else _ENDS_ALONE
        speed, memory = sidecars.probe()
        self.found.model, self.found.runtime = sidecars.model, sidecars.runtime
        self._begin = time.monotonic()
        if sidecars.runtime == "openvino":
            self._sidecar_stage("streams", sidecars, streams_candidates(cpus), memory, ends[0])
        speed = max([speed, *(row.images_per_s or 0 for row in self.found.rows if row.chosen)])
        self._sidecar_stage("batch", sidecars, batch_candidates(speed), memory, ends[1])
        if es is not None:
            try:
                self._stack_stages(es, photos, speed, *ends[2:])
            except CliError as error:
                self.found.notes.append(f"Requests and bulks were left out. {error.message}")
        return self.found

    def _sidecar_stage(
        self, name: str, sidecars: Sidecars, candidates: Mapping[str, Values], memory: float, end: float
    ) -> None:
        so_far = dict(self.found.values)
        fitting = those_that_fit(candidates, memory)
        if left_out := [other for other in candidates if other not in fitting]:
            self.found.notes.append(f"Memory was too little to try {'; '.join(left_out)}.")
        if len(fitting) < 2:
            return
        if time.monotonic() > self._deadline(end):
            self._conclude(name, {key: [] for key in fitting}, fitting)
            return
        with sidecars.running({key: so_far | dict(values) for key, values in fitting.items()}) as runs:
            self._conclude(name, self._race(runs, end), fitting)

    def _stack_stages(
        self, es: Elasticsearch, photos: Sequence[Path], speed: float, requests_end: float, bulks_end: float
    ) -> None:
        with measured_index(es) as index:
            bulks = Bulks(es, index, photos, speed)
            runs = {name: bulks.node_run(values) for name, values in NODE_CANDIDATES.items()}
            chosen = self._conclude("requests", self._race(runs, requests_end), NODE_CANDIDATES)
            put(es, {name: chosen.get(name) for values in NODE_CANDIDATES.values() for name in values})
            runs = {name: bulks.bulk_run(values) for name, values in BULK_CANDIDATES.items()}
            self._conclude("bulks", self._race(runs, bulks_end), BULK_CANDIDATES)

    def _race(self, runs: Runs, end: float) -> Rates:
        return race(runs, DEFAULT, self._deadline(end), advance=self._advance)

    def _conclude(self, name: str, rates: Rates, candidates: Mapping[str, Values]) -> Values:
        chosen = choose(rates, DEFAULT)
        self.found.rows += rows(name, rates, DEFAULT, chosen)
        self.found.values |= candidates[chosen]
        if not enough(rates, DEFAULT):
            self.found.notes.append(f"There was too little time to choose {name}: give more --seconds.")
        return candidates[chosen]

    def _deadline(self, end: float) -> float:
        return self._begin + end * self._seconds

    def _advance(self) -> None:
        self._report(time.monotonic() - self._begin)
