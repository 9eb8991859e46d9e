package org.imagesynset.sidecar;

import java.util.concurrent.TimeUnit;

/**
 * Whether images fail, for the log: a line when it begins and one when it is over, and few where
 * some images fail and some don't.
 */
final class Outage {
    private static final long LEAST_NANOS = TimeUnit.MINUTES.toNanos(1);

    private boolean told;
    private boolean everTold;
    private long toldAt;

    /** Whether to tell of this failure, at the time in nanoseconds of one clock. */
    synchronized boolean begins(long now) {
        if (told || (everTold && now - toldAt < LEAST_NANOS)) {
            return false;
        }
        told = true;
        everTold = true;
        toldAt = now;
        return true;
    }

    /** Whether to tell that it is over. */
    synchronized boolean ends() {
        boolean was = told;
        told = false;
        return was;
    }
}
