package org.imagesynset.query.lucene;

import java.io.IOException;
import org.apache.lucene.search.DoubleValues;
import org.elasticsearch.index.fielddata.SortedNumericDoubleValues;

/** A field's first value, which is what {@code doc[field].value} is to a script. */
public final class FirstValue extends DoubleValues {
    private final SortedNumericDoubleValues values;

    public FirstValue(SortedNumericDoubleValues values) {
        this.values = values;
    }

    @Override
    public boolean advanceExact(int doc) throws IOException {
        return values.advanceExact(doc);
    }

    @Override
    public double doubleValue() throws IOException {
        return values.nextValue();
    }
}
