package org.imagesynset.query;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DoubleValues;

/** A number per document. */
interface LeafValues {
    DoubleValues values(LeafReaderContext leaf) throws IOException;
}
