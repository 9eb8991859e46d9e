package org.imagesynset.query.scores;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DoubleValues;

/** What a query's weights are multiplied with: the documents' scores for synsets or concepts. */
public interface DocumentScores {
    /** Those of one segment; for one thread. */
    Leaf leaf(LeafReaderContext leaf) throws IOException;

    /** A segment's scores. */
    interface Leaf {
        /** The documents' scores for one synset or concept, to be asked for in their order. */
        DoubleValues of(String name) throws IOException;
    }
}
