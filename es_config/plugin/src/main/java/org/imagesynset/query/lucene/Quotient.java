package org.imagesynset.query.lucene;

import java.io.IOException;
import org.apache.lucene.search.DoubleValues;

/** One number divided by another, where both are there. */
public final class Quotient extends DoubleValues {
    private final DoubleValues dividend;
    private final DoubleValues divisor;

    public Quotient(DoubleValues dividend, DoubleValues divisor) {
        this.dividend = dividend;
        this.divisor = divisor;
    }

    @Override
    public boolean advanceExact(int doc) throws IOException {
        return dividend.advanceExact(doc) && divisor.advanceExact(doc);
    }

    @Override
    public double doubleValue() throws IOException {
        return dividend.doubleValue() / divisor.doubleValue();
    }
}
