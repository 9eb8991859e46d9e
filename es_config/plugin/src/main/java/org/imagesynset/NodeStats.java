package org.imagesynset;

import java.time.Instant;
import java.util.List;

/** What this node has done since it started, and what it is about now. */
public record NodeStats(
        Queue queue,
        Requests requests,
        Batches batches,
        Documents documents,
        List<SidecarStats> sidecars) {

    /**
     * Images waiting or under way, of documents and of searches.
     *
     * @param maxBytes how much image text may be held
     * @param rejected images that did not fit
     * @param stalled images given up because no request was answered
     */
    public record Queue(long images, long bytes, long maxBytes, long rejected, long stalled) {

        Queue plus(Queue other) {
            return new Queue(
                    images + other.images,
                    bytes + other.bytes,
                    maxBytes + other.maxBytes,
                    rejected + other.rejected,
                    stalled + other.stalled);
        }
    }

    /**
     * Requests for analysis to any sidecar.
     *
     * @param total those answered or failed
     * @param retries those that repeated another
     */
    public record Requests(
            long inFlight,
            long total,
            long failed,
            long retries,
            double meanMillis,
            long maxMillis) {}

    /** Images that were sent together, counted once however often they were tried. */
    public record Batches(long total, long images) {
        public double meanSize() {
            return total == 0 ? 0 : (double) images / total;
        }
    }

    /** Outcomes of the processor. */
    public record Documents(long ok, long failed, long pending, long reused) {}

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
            Analysis.Model model) {}

    /** When and why a request failed. */
    public record Failure(Instant at, String reason) {}
}
