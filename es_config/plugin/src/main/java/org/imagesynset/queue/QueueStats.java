package org.imagesynset.queue;

/**
 * Images waiting or under way.
 *
 * @param maxBytes how much image text may be held
 * @param rejected images that did not fit
 * @param stalled images given up because no request was answered
 */
public record QueueStats(long images, long bytes, long maxBytes, long rejected, long stalled) {

    public QueueStats plus(QueueStats other) {
        return new QueueStats(
                images + other.images,
                bytes + other.bytes,
                maxBytes + other.maxBytes,
                rejected + other.rejected,
                stalled + other.stalled);
    }
}
