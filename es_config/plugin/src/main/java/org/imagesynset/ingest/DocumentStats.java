package org.imagesynset.ingest;

/**
 * Outcomes of the processor.
 *
 * @param reused came with the image that they were analyzed for, and kept the analysis
 * @param kept came without an image, and kept the analysis that they had
 * @param withoutImage came without an image, and have no analysis to keep
 */
public record DocumentStats(
        long ok, long failed, long pending, long reused, long kept, long withoutImage) {

    public DocumentStats plus(DocumentStats other) {
        return new DocumentStats(
                ok + other.ok,
                failed + other.failed,
                pending + other.pending,
                reused + other.reused,
                kept + other.kept,
                withoutImage + other.withoutImage);
    }
}
