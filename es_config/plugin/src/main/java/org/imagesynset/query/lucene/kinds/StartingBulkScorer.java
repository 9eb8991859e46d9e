package org.imagesynset.query.lucene.kinds;

import java.io.IOException;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.LeafCollector;
import org.apache.lucene.util.Bits;

/** Does something before the first document is looked at, when it is known which ones are live. */
final class StartingBulkScorer extends BulkScorer {
    interface Start {
        void with(Bits live) throws IOException;
    }

    private final BulkScorer all;
    private final Start start;
    private boolean started;

    StartingBulkScorer(BulkScorer all, Start start) {
        this.all = all;
        this.start = start;
    }

    @Override
    public int score(LeafCollector collector, Bits live, int min, int max) throws IOException {
        if (started == false) {
            started = true;
            start.with(live);
        }
        return all.score(collector, live, min, max);
    }

    @Override
    public long cost() {
        return all.cost();
    }
}
