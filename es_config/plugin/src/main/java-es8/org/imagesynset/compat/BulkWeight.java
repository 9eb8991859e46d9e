package org.imagesynset.compat;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.FilterWeight;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;

/**
 * Scores through its scorer supplier alone, in bulk too, which in Lucene 9 a weight does itself.
 */
public abstract class BulkWeight extends FilterWeight {
    protected BulkWeight(Query query, Weight weight) {
        super(query, weight);
    }

    @Override
    public ScorerSupplier scorerSupplier(LeafReaderContext leaf) throws IOException {
        return in.scorerSupplier(leaf);
    }

    @Override
    public final Scorer scorer(LeafReaderContext leaf) throws IOException {
        ScorerSupplier supplier = scorerSupplier(leaf);
        return supplier == null ? null : supplier.get(Long.MAX_VALUE);
    }

    @Override
    public final BulkScorer bulkScorer(LeafReaderContext leaf) throws IOException {
        ScorerSupplier supplier = scorerSupplier(leaf);
        if (supplier == null) {
            return null;
        }
        if (supplier instanceof Supplier bulk) {
            bulk.setTopLevelScoringClause();
            return bulk.bulkScorer();
        }
        return in.bulkScorer(leaf);
    }

    /** Supplies scorers made of the inner weight's. */
    protected abstract class Supplier extends ScorerSupplier {
        protected final ScorerSupplier inner;
        protected final LeafReaderContext leaf;

        protected Supplier(ScorerSupplier inner, LeafReaderContext leaf) {
            this.inner = inner;
            this.leaf = leaf;
        }

        public abstract BulkScorer bulkScorer() throws IOException;

        protected final BulkScorer innerBulkScorer() throws IOException {
            return in.bulkScorer(leaf);
        }

        @Override
        public final long cost() {
            return inner.cost();
        }

        @Override
        public final void setTopLevelScoringClause() throws IOException {
            inner.setTopLevelScoringClause();
        }
    }
}
