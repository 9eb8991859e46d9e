package org.imagesynset.query.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.util.Bits;
import org.imagesynset.query.lucene.features.PromisingRanges;
import org.imagesynset.query.lucene.features.SegmentFeature;

/**
 * What is known of a segment before its documents are looked at.
 *
 * @param score what as many documents reach as the search returns
 * @param ranges where there can be documents that do
 */
record HeadStart(float score, PromisingRanges ranges) {
    interface Of {
        /**
         * @param live documents that count; null for all
         * @return null if nothing is known
         */
        HeadStart in(Bits live) throws IOException;
    }

    /**
     * @param score what as many documents reach as the search returns
     * @return null if nothing is known
     */
    static HeadStart of(float score, List<SegmentFeature> features, ExactScore exact) {
        return score > 0
                ? new HeadStart(score, new PromisingRanges(features, exact.leastFeatures(score)))
                : null;
    }
}
