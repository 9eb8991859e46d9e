package org.imagesynset.query;

import java.io.IOException;
import org.apache.lucene.search.FilterScorer;
import org.apache.lucene.search.Scorer;

/** Goes from document to document as the features say, and scores exactly. */
final class ExactScorer extends FilterScorer {
    private final ExactScore exact;

    ExactScorer(Scorer features, ExactScore exact) {
        super(features);
        this.exact = exact;
    }

    @Override
    public float score() throws IOException {
        return exact.of(docID());
    }

    @Override
    public int advanceShallow(int target) throws IOException {
        return in.advanceShallow(target);
    }

    @Override
    public float getMaxScore(int upTo) throws IOException {
        return exact.most(in.getMaxScore(upTo));
    }

    @Override
    public void setMinCompetitiveScore(float min) throws IOException {
        in.setMinCompetitiveScore(exact.leastFeatures(min));
    }
}
