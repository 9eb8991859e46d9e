package org.imagesynset.sidecar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.LongStream;
import org.imagesynset.sidecar.Breaker.State;
import org.junit.jupiter.api.Test;

class BreakerTests {
    private static final int LIMIT = 3;
    private static final long OPEN_FOR = 100;

    private final Breaker breaker = new Breaker();

    @Test
    void opensAfterSoManyFailuresInARow() {
        breaker.failed(LIMIT, 0);
        breaker.failed(LIMIT, 0);
        breaker.succeeded();
        breaker.failed(LIMIT, 0);
        breaker.failed(LIMIT, 0);
        assertEquals(State.CLOSED, breaker.state());
        breaker.failed(LIMIT, 0);
        assertEquals(State.OPEN, breaker.state());
        assertEquals(3, breaker.failures());
    }

    @Test
    void oneCallerProbesWhenTheTimeIsOver() {
        open(1000);
        assertFalse(breaker.beginProbe(OPEN_FOR, 1099));
        assertTrue(breaker.beginProbe(OPEN_FOR, 1100));
        assertEquals(State.HALF_OPEN, breaker.state());
        assertFalse(breaker.beginProbe(OPEN_FOR, 9999), "somebody does already");
    }

    @Test
    void aFailedProbeOpensItForAsLongAgain() {
        open(0);
        assertTrue(breaker.beginProbe(OPEN_FOR, 100));
        breaker.probeFailed(150);
        assertEquals(State.OPEN, breaker.state());
        assertFalse(breaker.beginProbe(OPEN_FOR, 249));
        assertTrue(breaker.beginProbe(OPEN_FOR, 250));
    }

    @Test
    void afterAProbeItIsOnProbation() {
        open(0);
        assertTrue(breaker.beginProbe(OPEN_FOR, 100));
        breaker.probeSucceeded();
        assertEquals(State.CLOSED, breaker.state());
        breaker.failed(LIMIT, 101);
        assertEquals(State.OPEN, breaker.state());
        assertTrue(breaker.beginProbe(OPEN_FOR, 201));
        breaker.probeSucceeded();
        breaker.succeeded();
        breaker.failed(LIMIT, 202);
        assertEquals(State.CLOSED, breaker.state());
    }

    @Test
    void requestsThatWereUnderWayDontUpsetAProbe() {
        open(0);
        breaker.failed(LIMIT, 50);
        assertTrue(breaker.beginProbe(OPEN_FOR, 100), "a late failure does not prolong it");
        breaker.failed(LIMIT, 110);
        assertEquals(State.HALF_OPEN, breaker.state());
        breaker.succeeded();
        breaker.probeFailed(120);
        assertEquals(State.CLOSED, breaker.state(), "a success is worth more than a probe");
    }

    @Test
    void theWaitDoublesWithJitterUpToItsCap() {
        Backoff backoff = new Backoff(new Random(1));
        for (int retry = 1; retry <= 10; retry++) {
            long longest = Math.min(200L << (retry - 1), 5000);
            int again = retry;
            long[] waits =
                    LongStream.range(0, 200).map(i -> backoff.delay(again).millis()).toArray();
            assertTrue(LongStream.of(waits).allMatch(w -> longest / 2 <= w && w <= longest));
            assertTrue(LongStream.of(waits).distinct().count() > 20, "jitter");
        }
    }

    private void open(long now) {
        for (int i = 0; i < LIMIT; i++) {
            breaker.failed(LIMIT, now);
        }
    }
}
