package org.imagesynset.query.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.imagesynset.compat.BulkWeight;

/** Explains a score by what query and document share. */
public class ExplainedWeight extends BulkWeight {
    private final Explained query;
    public final float boost;

    public <Q extends Query & Explained> ExplainedWeight(Q query, Weight features, float boost) {
        super(query, features);
        this.query = query;
        this.boost = boost;
    }

    @Override
    public Explanation explain(LeafReaderContext leaf, int doc) throws IOException {
        Scorer scorer = scorer(leaf);
        if (scorer == null || scorer.iterator().advance(doc) != doc) {
            return Explanation.noMatch("shares no synset of positive weight with the query");
        }
        List<Explanation> details = new ArrayList<>();
        for (SharedSynset shared : query.shared(leaf, doc, boost)) {
            details.add(
                    Explanation.match(
                            shared.product(),
                            "[" + shared.synset() + "], query weight × document score of:",
                            Explanation.match(shared.query(), "query weight"),
                            Explanation.match(shared.document(), "document score")));
        }
        return Explanation.match(scorer.score(), "image_synset, sum of, never below 0:", details);
    }
}
