"""What is too much is refused before it costs anything, with a time to come back."""

import time

import pytest

from sidecar.errors import Busy
from sidecar.host.metrics import Metrics
from sidecar.scheduling.admission import Admission, Reservation
from sidecar.scheduling.priority import Level, Priority

INGEST, SEARCH = Priority(Level.INGEST), Priority(Level.SEARCH)


def test_images_beyond_the_limit_are_refused_and_searches_have_room_of_their_own() -> None:
    admission = Admission(16, 10**9, Metrics())
    bulk = Reservation(admission, INGEST)
    bulk.add(images=14)
    with pytest.raises(Busy, match="14 images .*SIDECAR_QUEUE_MAX_IMAGES"):
        Reservation(admission, INGEST).add(images=1)
    for _ in range(2):
        Reservation(admission, SEARCH).add(images=1)
    with pytest.raises(Busy):
        Reservation(admission, SEARCH).add(images=1)
    bulk.release()
    Reservation(admission, INGEST).add(images=12)


def test_bytes_count_as_they_come() -> None:
    admission = Admission(10**6, 800, Metrics())
    first, second = Reservation(admission, INGEST), Reservation(admission, INGEST)
    first.add(size=400)
    second.add(size=300)
    with pytest.raises(Busy, match="SIDECAR_QUEUE_MAX_BYTES"):
        second.add(size=1)
    second.release()
    first.add(size=10_000)  # alone, so it fits
    first.release()
    Reservation(admission, INGEST).add(size=700)


def test_retry_after_is_what_waits_by_the_measured_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    admission = Admission(100, 10**9, Metrics())
    full = Reservation(admission, INGEST)
    full.add(images=87)

    def retry_after() -> int:
        with pytest.raises(Busy) as refused:
            Reservation(admission, INGEST).add(images=1)
        return refused.value.retry_after

    assert retry_after() == 1  # nothing measured yet
    for _ in range(3):
        done = Reservation(admission, SEARCH)
        done.add(images=10)
        done.release()
        now += 1
    assert retry_after() == 9  # 87 images at 30 in 3 s
    now += 3600
    assert retry_after() == 1  # too long ago to say anything
