package org.imagesynset.query.lucene;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DoubleValues;

/** What a query's weights are multiplied with: the documents' scores for one synset or concept. */
public interface DocumentScores {
    DoubleValues values(String name, LeafReaderContext leaf) throws IOException;
}
