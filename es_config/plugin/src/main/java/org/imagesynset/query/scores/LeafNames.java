package org.imagesynset.query.scores;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedSetDocValues;

/** The names of each document's synsets. */
public interface LeafNames {
    SortedSetDocValues values(LeafReaderContext leaf) throws IOException;
}
