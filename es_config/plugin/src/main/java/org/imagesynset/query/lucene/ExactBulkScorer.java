package org.imagesynset.query.lucene;

import java.io.IOException;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FilterLeafCollector;
import org.apache.lucene.search.LeafCollector;
import org.apache.lucene.search.Scorable;
import org.apache.lucene.util.Bits;

/** Lets the features find in bulk, and shows the collector exact scores. */
final class ExactBulkScorer extends BulkScorer {
    private final BulkScorer features;
    private final ExactScore exact;

    ExactBulkScorer(BulkScorer features, ExactScore exact) {
        this.features = features;
        this.exact = exact;
    }

    @Override
    public int score(LeafCollector collector, Bits acceptDocs, int min, int max)
            throws IOException {
        return features.score(new ExactCollector(collector), acceptDocs, min, max);
    }

    @Override
    public long cost() {
        return features.cost();
    }

    private final class ExactCollector extends FilterLeafCollector {
        private int doc;
        private float least;
        private Scorable byFeatures;

        ExactCollector(LeafCollector collector) {
            super(collector);
        }

        @Override
        public void setScorer(Scorable featureScore) throws IOException {
            byFeatures = featureScore;
            in.setScorer(
                    new Scorable() {
                        /** Asked for by Lucene 9 only. */
                        public int docID() {
                            return doc;
                        }

                        @Override
                        public float score() throws IOException {
                            return exact.of(doc);
                        }

                        @Override
                        public void setMinCompetitiveScore(float min) throws IOException {
                            least = min;
                            featureScore.setMinCompetitiveScore(exact.leastFeatures(min));
                        }
                    });
        }

        @Override
        public void collect(int doc) throws IOException {
            if (least == 0 || exact.canReach(doc, byFeatures.score(), least)) {
                this.doc = doc;
                in.collect(doc);
            }
        }

        @Override
        public DocIdSetIterator competitiveIterator() throws IOException {
            return in.competitiveIterator();
        }
    }
}
