package org.imagesynset.sidecar;

/**
 * Leaves a sidecar alone that failed several times in a row, so that documents are answered at once
 * instead of after a timeout each.
 *
 * <p>Closed, it lets requests through. Open, it lets none. After a while one probe decides: half
 * open until its answer is there. A probe that succeeds closes it on probation: the next failure
 * opens it again, because a sidecar can be ready and still fail every request. Times are in
 * nanoseconds of one clock.
 */
final class Breaker {
    enum State {
        CLOSED,
        OPEN,
        HALF_OPEN
    }

    private State state = State.CLOSED;
    private int failures;
    private long openedAt;

    synchronized State state() {
        return state;
    }

    /** Failures in a row. */
    synchronized int failures() {
        return failures;
    }

    /** Notes a failed request, and opens after so many in a row. */
    synchronized void failed(int limit, long now) {
        failures++;
        if (state == State.CLOSED && failures >= limit) {
            open(now);
        }
    }

    /** Notes a request that succeeded; one that was under way while it was open closes it too. */
    synchronized void succeeded() {
        failures = 0;
        state = State.CLOSED;
    }

    /** Whether the caller is to probe now; no other caller is asked to until it has. */
    synchronized boolean beginProbe(long openFor, long now) {
        if (state != State.OPEN || now - openedAt < openFor) {
            return false;
        }
        state = State.HALF_OPEN;
        return true;
    }

    synchronized void probeSucceeded() {
        if (state == State.HALF_OPEN) {
            state = State.CLOSED;
        }
    }

    synchronized void probeFailed(long now) {
        if (state == State.HALF_OPEN) {
            open(now);
        }
    }

    private void open(long now) {
        state = State.OPEN;
        openedAt = now;
    }
}
