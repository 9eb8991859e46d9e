package org.imagesynset.sidecar;

import java.util.random.RandomGenerator;
import org.elasticsearch.core.TimeValue;

/**
 * How long to wait before a request is tried again: twice as long each time, up to a cap, with
 * jitter so that requests that failed together don't come back together.
 */
public record Backoff(RandomGenerator random) {
    private static final long FIRST_MILLIS = 200;
    private static final long MAX_MILLIS = 5_000;

    /** The wait before try {@code retry}, counted from 1: half of it at least is certain. */
    TimeValue delay(int retry) {
        long longest = Math.min(FIRST_MILLIS << Math.min(retry - 1, 16), MAX_MILLIS);
        return TimeValue.timeValueMillis(longest / 2 + random.nextLong(longest / 2 + 1));
    }
}
