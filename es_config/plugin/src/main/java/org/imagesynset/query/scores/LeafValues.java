package org.imagesynset.query.scores;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DoubleValues;
import org.elasticsearch.index.fielddata.SortedNumericDoubleValues;
import org.elasticsearch.script.ScoreScript;

/** A number per document. */
public interface LeafValues {
    DoubleValues values(LeafReaderContext leaf) throws IOException;

    /** A field's first value, which is what {@code doc[field].value} is to a script. */
    static DoubleValues first(SortedNumericDoubleValues values) {
        return new DoubleValues() {
            @Override
            public boolean advanceExact(int doc) throws IOException {
                return values.advanceExact(doc);
            }

            @Override
            public double doubleValue() throws IOException {
                return values.nextValue();
            }
        };
    }

    /** One number divided by another, where both are there. */
    static DoubleValues quotient(DoubleValues dividend, DoubleValues divisor) {
        return new DoubleValues() {
            @Override
            public boolean advanceExact(int doc) throws IOException {
                return dividend.advanceExact(doc) && divisor.advanceExact(doc);
            }

            @Override
            public double doubleValue() throws IOException {
                return dividend.doubleValue() / divisor.doubleValue();
            }
        };
    }

    /** What a script says of each document. */
    static DoubleValues of(ScoreScript script) {
        return new DoubleValues() {
            @Override
            public boolean advanceExact(int doc) {
                script.setDocument(doc);
                return true;
            }

            @Override
            public double doubleValue() {
                return script.execute(null);
            }
        };
    }
}
