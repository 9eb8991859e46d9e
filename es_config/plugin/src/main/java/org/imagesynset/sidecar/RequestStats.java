package org.imagesynset.sidecar;

/**
 * Requests for analysis to any sidecar.
 *
 * @param total those answered or failed
 * @param retries those that repeated another
 */
public record RequestStats(
        long inFlight, long total, long failed, long retries, double meanMillis, long maxMillis) {

    public RequestStats plus(RequestStats other) {
        long sum = total + other.total;
        double millis = total * meanMillis + other.total * other.meanMillis;
        return new RequestStats(
                inFlight + other.inFlight,
                sum,
                failed + other.failed,
                retries + other.retries,
                sum == 0 ? 0 : millis / sum,
                Math.max(maxMillis, other.maxMillis));
    }
}
