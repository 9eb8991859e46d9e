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
    private final HeadStart.Of headStart;
    private boolean started;
    private HeadStart start;

    ExactBulkScorer(BulkScorer features, ExactScore exact, HeadStart.Of headStart) {
        this.features = features;
        this.exact = exact;
        this.headStart = headStart;
    }

    @Override
    public int score(LeafCollector collector, Bits acceptDocs, int min, int max)
            throws IOException {
        if (started == false) {
            started = true;
            start = headStart.in(acceptDocs);
        }
        if (start == null) {
            return features.score(new ExactCollector(collector, 0), acceptDocs, min, max);
        }
        int from = start.ranges().next(min);
        while (from < max) {
            int to = Math.min(max, start.ranges().to());
            features.score(new ExactCollector(collector, start.score()), acceptDocs, from, to);
            from = start.ranges().next(to);
        }
        return from;
    }

    @Override
    public long cost() {
        return features.cost();
    }

    private final class ExactCollector extends FilterLeafCollector {
        private final float known;
        private int doc;
        private float least;
        private Scorable byFeatures;

        /**
         * @param known a score that the best are known to reach
         */
        ExactCollector(LeafCollector collector, float known) {
            super(collector);
            this.known = known;
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
                            setLeast(Math.max(min, known));
                        }
                    });
            if (least < known) {
                setLeast(known);
            }
        }

        private void setLeast(float score) throws IOException {
            least = score;
            byFeatures.setMinCompetitiveScore(exact.leastFeatures(score));
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
