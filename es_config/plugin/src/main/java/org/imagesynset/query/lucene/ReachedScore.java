package org.imagesynset.query.lucene;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.util.Bits;
import org.imagesynset.query.lucene.features.SegmentFeature;

/**
 * A score that as many documents reach as the search returns.
 *
 * <p>Whatever scores less is not among the best. Known from the beginning, it spares the documents
 * that would otherwise be looked at until the collector has found good ones. What was found in one
 * segment is true for the others.
 */
public final class ReachedScore {
    /** The best by one feature are not always the best by all. */
    private static final int MORE = 2;

    /** With fewer blocks, to look at all costs no more. */
    private static final int BLOCKS = 16;

    private final int hits;
    private final AtomicReference<Float> best = new AtomicReference<>(0f);

    private ReachedScore(int hits) {
        this.hits = hits;
    }

    /**
     * @param hits how many documents the search returns; 0 if that is not known
     * @return null where documents are not skipped by their scores, or nothing is known
     */
    public static ReachedScore of(ScoreMode mode, int hits) {
        return mode == ScoreMode.TOP_SCORES && hits > 0 ? new ReachedScore(hits) : null;
    }

    /**
     * What is known after this segment.
     *
     * @param live documents that count; null for all
     * @param exact not used for anything else, because it goes forward only
     * @return 0 if nothing is known
     */
    public float after(List<SegmentFeature> features, Bits live, ExactScore exact)
            throws IOException {
        SegmentFeature heaviest =
                Collections.max(features, Comparator.comparingDouble(SegmentFeature::most));
        if (heaviest.blocks() < BLOCKS || exact.most((float) heaviest.most()) < best.get()) {
            return best.get();
        }
        return best.accumulateAndGet(in(heaviest.best(live, MORE * hits), exact), Math::max);
    }

    private float in(int[] documents, ExactScore exact) throws IOException {
        if (documents.length < hits) {
            return 0;
        }
        float[] scores = new float[documents.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = exact.of(documents[i]);
        }
        Arrays.sort(scores);
        return scores[scores.length - hits];
    }
}
