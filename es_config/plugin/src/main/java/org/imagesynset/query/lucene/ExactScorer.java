package org.imagesynset.query.lucene;

import java.io.IOException;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TwoPhaseIterator;
import org.apache.lucene.search.Weight;
import org.imagesynset.compat.WeightScorer;

/**
 * Goes from document to document as the features say, and scores exactly.
 *
 * <p>The features' scorer skips by what a block of documents can score at most; what one document
 * scores by its features, and then by its doc values, is asked here, because that costs far less
 * than the script.
 */
public final class ExactScorer extends WeightScorer {
    private final Scorer features;
    private final ExactScore exact;
    private final TwoPhaseIterator competitive;
    private final float least;
    private float reached;
    private float min;
    private float minFeatures;

    public ExactScorer(Weight weight, Scorer features, ExactScore exact) throws IOException {
        this(weight, features, exact, 0);
    }

    /**
     * @param least documents that score less are not hits
     */
    public ExactScorer(Weight weight, Scorer features, ExactScore exact, float least)
            throws IOException {
        super(weight);
        this.least = least;
        this.features = features;
        this.exact = exact;
        TwoPhaseIterator inner = features.twoPhaseIterator();
        competitive =
                new Competitive(inner == null ? features.iterator() : inner.approximation(), inner);
        if (least > 0) {
            setMinCompetitiveScore(least);
        }
    }

    @Override
    public int docID() {
        return features.docID();
    }

    @Override
    public DocIdSetIterator iterator() {
        return TwoPhaseIterator.asDocIdSetIterator(competitive);
    }

    @Override
    public TwoPhaseIterator twoPhaseIterator() {
        return competitive;
    }

    @Override
    public float score() throws IOException {
        return exact.of(docID());
    }

    @Override
    public int advanceShallow(int target) throws IOException {
        return features.advanceShallow(target);
    }

    @Override
    public float getMaxScore(int upTo) throws IOException {
        return exact.most(features.getMaxScore(upTo));
    }

    /**
     * @param score one that the best documents are known to reach
     */
    public void startAt(float score) throws IOException {
        reached = score;
        setMinCompetitiveScore(score);
    }

    @Override
    public void setMinCompetitiveScore(float asked) throws IOException {
        min = Math.max(asked, Math.max(least, reached));
        minFeatures = exact.leastFeatures(min);
        features.setMinCompetitiveScore(minFeatures);
    }

    private final class Competitive extends TwoPhaseIterator {
        private final TwoPhaseIterator inner;

        Competitive(DocIdSetIterator approximation, TwoPhaseIterator inner) {
            super(approximation);
            this.inner = inner;
        }

        @Override
        public boolean matches() throws IOException {
            return (inner == null || inner.matches())
                    && (min == 0
                            || (features.score() >= minFeatures
                                    && exact.canReach(docID(), features.score(), min)))
                    && (least == 0 || exact.of(docID()) >= least);
        }

        @Override
        public float matchCost() {
            return inner == null ? 10 : inner.matchCost();
        }
    }
}
