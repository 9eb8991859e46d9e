import time

import pytest

from scripts.bench.measure import Measured, interleaved, machine


def test_cases_take_turns_and_only_the_rounds_after_the_warm_up_count() -> None:
    calls: list[tuple[str, int]] = []
    advanced: list[int] = []

    def case(name: str):  # type: ignore[no-untyped-def]
        def call(number: int) -> str:
            calls.append((name, number))
            return f"{name}{number}"

        return call

    measured = interleaved({"a": case("a"), "b": case("b")}, inputs=3, warm_up=1, rounds=2, advance=advanced.append)
    # each input goes to every case before the next one; who is first changes
    assert calls[:6] == [("a", 0), ("b", 0), ("b", 1), ("a", 1), ("a", 2), ("b", 2)]
    assert calls[6:8] == [("b", 0), ("a", 0)]
    assert len(calls) == 18 and len(advanced) == 9
    assert {name: len(result.seconds) for name, result in measured.items()} == {"a": 6, "b": 6}
    assert measured["b"].answers == ["b0", "b1", "b2"]


def test_seconds_are_wall_clock() -> None:
    slept = interleaved({"sleep": lambda _: time.sleep(0.02)}, inputs=1, warm_up=0, rounds=1)["sleep"]
    assert slept.seconds[0] >= 0.02


def test_percentiles_are_in_milliseconds() -> None:
    measured: Measured[None] = Measured(seconds=[number / 1000 for number in range(101)])
    assert measured.percentile_ms(50) == pytest.approx(50)
    assert measured.percentile_ms(95) == pytest.approx(95)


def test_the_machine_is_described() -> None:
    found = machine()
    assert found["cpu"] and found["cpus"] >= 1 and found["memory_gb"] >= 1
