package org.imagesynset.sidecar;

import java.util.concurrent.TimeUnit;

/** Counts the requests for analysis of this node. */
public final class RequestCounts {
    // All guarded by this.
    private long inFlight;
    private long total;
    private long failed;
    private long retries;
    private long nanos;
    private long maxNanos;
    private long batches;
    private long images;

    synchronized void batch(int size) {
        batches++;
        images += size;
    }

    synchronized void started(boolean again) {
        inFlight++;
        retries += again ? 1 : 0;
    }

    synchronized void ended(boolean success, long tookNanos) {
        inFlight--;
        total++;
        failed += success ? 0 : 1;
        nanos += tookNanos;
        maxNanos = Math.max(maxNanos, tookNanos);
    }

    public synchronized RequestStats requests() {
        double mean = total == 0 ? 0 : (double) nanos / total / TimeUnit.MILLISECONDS.toNanos(1);
        return new RequestStats(
                inFlight, total, failed, retries, mean, TimeUnit.NANOSECONDS.toMillis(maxNanos));
    }

    public synchronized BatchStats batches() {
        return new BatchStats(batches, images);
    }
}
