package org.imagesynset.sidecar;

import java.time.Instant;
import org.imagesynset.analysis.Analysis;

/**
 * One sidecar.
 *
 * @param breaker {@code closed}, {@code open} or {@code half_open}
 * @param lastFailure or null when there was none
 * @param model what it answered with last, or null before its first answer
 */
public record SidecarStats(
        String url,
        String breaker,
        int consecutiveFailures,
        long requests,
        long failures,
        Failure lastFailure,
        Analysis.Model model) {

    /** When and why a request failed. */
    public record Failure(Instant at, String reason) {}
}
