package org.imagesynset.query.lucene;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;

/** Finds by features and scores exactly, by Lucene's two ways: document by document, or in bulk. */
public final class ExactWeight extends ExplainedWeight {
    private final ImageSynsetQuery query;
    private final double largest;

    /**
     * @param largest what the features' scores have been divided by
     */
    ExactWeight(ImageSynsetQuery query, Weight features, float boost, double largest) {
        super(query, features, boost);
        this.query = query;
        this.largest = largest;
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
            return new ExactBulkScorer(innerBulkScorer(), exactScore());
        }

        private ExactScore exactScore() throws IOException {
            return new ExactScore(query.exact().values(leaf), query.sum(leaf), boost, largest);
        }
    }
}
