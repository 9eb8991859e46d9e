package org.imagesynset.sidecar;

/** Images that were sent together, counted once however often they were tried. */
public record BatchStats(long total, long images) {
    public double meanSize() {
        return total == 0 ? 0 : (double) images / total;
    }
}
