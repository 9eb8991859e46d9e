package org.imagesynset.query.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.imagesynset.query.lucene.features.SegmentFeature;

/** Finds by features and scores exactly, by Lucene's two ways: document by document, or in bulk. */
public final class ExactWeight extends ExplainedWeight {
    private final ImageSynsetQuery query;
    private final double largest;
    private final double bound;
    private final ReachedScore reached;

    /**
     * @param largest what the features' scores have been divided by
     * @param bound how many times the features' sum the exact one is, at most
     * @param reached null if nothing is known
     */
    ExactWeight(
            ImageSynsetQuery query,
            Weight features,
            float boost,
            double largest,
            double bound,
            ReachedScore reached) {
        super(query, features, boost);
        this.query = query;
        this.largest = largest;
        this.bound = bound;
        this.reached = reached;
    }

    /**
     * A script gives the scores, and what it gives may change: Elasticsearch keeps no such hits.
     */
    @Override
    public boolean isCacheable(LeafReaderContext leaf) {
        return false;
    }

    @Override
    public ScorerSupplier scorerSupplier(LeafReaderContext leaf) throws IOException {
        ScorerSupplier features = in.scorerSupplier(leaf);
        return features == null ? null : new ExactSupplier(features, leaf);
    }

    private final class ExactSupplier extends Supplier {
        ExactSupplier(ScorerSupplier features, LeafReaderContext leaf) {
            super(features, leaf);
        }

        @Override
        public Scorer get(long leadCost) throws IOException {
            return new ExactScorer(ExactWeight.this, inner.get(leadCost), exactScore());
        }

        @Override
        public BulkScorer bulkScorer() throws IOException {
            return new ExactBulkScorer(innerBulkScorer(), exactScore(), this::headStart);
        }

        private HeadStart headStart(Bits live) throws IOException {
            if (reached == null) {
                return null;
            }
            List<SegmentFeature> features = query.features(leaf);
            ExactScore exact = exactScore();
            return HeadStart.of(reached.after(features, live, exact), features, exact);
        }

        /** Where no other document can be among the best, nothing more is read. */
        private Reach lazySum() {
            return new Reach() {
                private Reach sum;

                @Override
                public boolean canReach(int doc, double features, double least) throws IOException {
                    if (sum == null) {
                        sum = query.sum(leaf);
                    }
                    return sum.canReach(doc, features, least);
                }
            };
        }

        private ExactScore exactScore() throws IOException {
            return new ExactScore(query.exact().values(leaf), lazySum(), boost, largest, bound);
        }
    }
}
