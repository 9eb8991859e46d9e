package org.imagesynset.query.lucene;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DoubleValues;

/** A number per document. */
public interface LeafValues {
    DoubleValues values(LeafReaderContext leaf) throws IOException;
}
