package org.imagesynset.sidecar;

import java.util.concurrent.TimeUnit;

/**
 * Whether images fail, for the log: a line when it begins and one when it is over, and few where
 * some images fail and some don't.
 */
final class Outage {
    private static final long LEAST_NANOS = TimeUnit.MINUTES.toNanos(1);

    private boolean logged;
    private boolean everLogged;
    private long loggedAt;

    /** Whether to log this failure, at the time in nanoseconds of one clock. */
    synchronized boolean begins(long now) {
        if (logged || (everLogged && now - loggedAt < LEAST_NANOS)) {
            return false;
        }
        logged = true;
        everLogged = true;
        loggedAt = now;
        return true;
    }

    /** Whether to log that it is over. */
    synchronized boolean ends() {
        boolean was = logged;
        logged = false;
        return was;
    }
}
