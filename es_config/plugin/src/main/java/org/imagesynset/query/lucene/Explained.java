package org.imagesynset.query.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;

/** A query that can say what its scores are made of. */
public interface Explained {

    /**
     * What query and document share; the products add up to the score.
     *
     * @return the largest product first; empty for what is not a hit
     */
    List<SharedSynset> shared(LeafReaderContext leaf, int doc, double boost) throws IOException;
}
