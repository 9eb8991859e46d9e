package org.imagesynset.sidecar;

/**
 * Requests for analysis to any sidecar.
 *
 * @param total those answered or failed
 * @param retries those that repeated another
 */
public record RequestStats(
        long inFlight, long total, long failed, long retries, double meanMillis, long maxMillis) {}
