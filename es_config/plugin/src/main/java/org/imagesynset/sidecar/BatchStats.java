package org.imagesynset.sidecar;

/** Images that were sent together, counted once however often they were tried. */
public record BatchStats(long total, long images) {
    public BatchStats plus(BatchStats other) {
        return new BatchStats(total + other.total, images + other.images);
    }

    public double meanSize() {
        return total == 0 ? 0 : (double) images / total;
    }
}
