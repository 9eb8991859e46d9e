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

    /**
     * What a script says of each document.
     *
     * @param id its name, for errors
     */
    static DoubleValues of(ScoreScript script, String id) {
        return new DoubleValues() {
            @Override
            public boolean advanceExact(int doc) {
                script.setDocument(doc);
                return true;
            }

            /**
             * @throws IllegalArgumentException (status 400) for what is not a score, as {@code
             *     script_score} does: hits can't be ordered by it
             */
            @Override
            public double doubleValue() {
                double score = script.execute(null);
                if (score >= 0) {
                    return score;
                }
                throw new IllegalArgumentException(
                        "[image_synset] expected the stored script ["
                                + id
                                + "] to return a score of 0 or more, found ["
                                + score
                                + "]; run [image-synset setup], or change the script");
            }
        };
    }
}
