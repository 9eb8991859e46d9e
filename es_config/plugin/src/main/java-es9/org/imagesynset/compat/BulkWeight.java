package org.imagesynset.compat;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.FilterWeight;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;

/**
 * Scores through its scorer supplier alone, in bulk too, which in Lucene 9 a weight does itself.
 */
public abstract class BulkWeight extends FilterWeight {
    protected BulkWeight(Query query, Weight weight) {
        super(query, weight);
    }

    /** Supplies scorers made of the inner weight's. */
    protected abstract class Supplier extends ScorerSupplier {
        protected final ScorerSupplier inner;
        protected final LeafReaderContext leaf;

        protected Supplier(ScorerSupplier inner, LeafReaderContext leaf) {
            this.inner = inner;
            this.leaf = leaf;
        }

        @Override
        public abstract BulkScorer bulkScorer() throws IOException;

        protected final BulkScorer innerBulkScorer() throws IOException {
            return inner.bulkScorer();
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
