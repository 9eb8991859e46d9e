"""Which settings of a sidecar are tried, and with which environment."""

from itertools import pairwise

import pytest

from scripts.local.tuned import CPUS, MAX_BATCH, STREAMS
from scripts.tune.sidecars import batch_candidates, environment, streams_candidates, those_that_fit


@pytest.mark.parametrize(
    ("cpus", "tried"),
    [
        (1, [{STREAMS: 1}]),
        (2, [{STREAMS: 1}, {STREAMS: 2}]),
        (4, [{STREAMS: 1}, {STREAMS: 2}, {STREAMS: 4}, {STREAMS: 1, CPUS: 2}, {STREAMS: 2, CPUS: 2}]),
    ],
)
def test_streams_on_all_cpus_or_half(cpus: int, tried: list[dict[str, int]]) -> None:
    assert list(streams_candidates(cpus).values()) == [{}, *tried]


@pytest.mark.parametrize(("speed", "most"), [(3, 2), (7, 2), (16, 8), (500, 16)])
def test_no_batch_keeps_a_search_waiting_for_more_than_half_a_second(speed: float, most: int) -> None:
    sizes = [values[MAX_BATCH] for values in batch_candidates(speed).values() if values]
    assert (sizes[0], sizes[-1]) == (2, most) and all(small < large for small, large in pairwise(sizes))


def test_what_decides_on_the_model_is_the_users_and_the_rest_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDECAR_STREAMS", "7")
    given = {"SIDECAR_STREAMS": "7", "SIDECAR_WEIGHTS": "/w", "SIDECAR_CACHE_DIR": "/c", "WEIGHTS": "x"}
    made = environment("vgg16", "int8", given)
    assert {name: value for name, value in made.items() if name.startswith("SIDECAR_")} == {
        "SIDECAR_MODEL": "vgg16",
        "SIDECAR_PRECISION": "int8",
        "SIDECAR_WEIGHTS": "/w",
        "SIDECAR_CACHE_BYTES": "0",
        "SIDECAR_MODEL_CACHE_DIR": made["SIDECAR_MODEL_CACHE_DIR"],
    }
    assert "PATH" in made and "WEIGHTS" not in made


def test_no_more_sidecars_than_memory_holds() -> None:
    candidates = streams_candidates(2)
    assert those_that_fit(candidates, 1) == candidates
    assert those_that_fit(candidates, 2**40) == {}
