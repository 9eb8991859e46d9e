package org.imagesynset.query.lucene;

import java.io.IOException;
import org.apache.lucene.search.DoubleValues;
import org.imagesynset.query.lucene.features.Features;

/** A segment's exact scores, and how far they can be from what the features say. */
public final class ExactScore {
    /** For sums of floats, which are a thousand at most. */
    private static final double SUMS = 1 + 1e-4;

    /** How many times the sum of features' values an exact sum is, at most. */
    public static final double ROUNDED = (1 + Features.CUT_OFF) * SUMS;

    /** The same for the values that the features were rounded from, of some dozens of floats. */
    static final double UNROUNDED = 1 + 1e-5;

    private final DoubleValues values;
    private final Reach reach;
    private final double boost;
    private final double largest;
    private final double ratio;

    private int doc = -1;
    private float score;

    /**
     * @param largest what the features' scores have been divided by
     * @param bound {@link #ROUNDED} or {@link #UNROUNDED}
     */
    public ExactScore(DoubleValues values, Reach reach, float boost, double largest, double bound) {
        this.values = values;
        this.reach = reach;
        this.boost = boost;
        this.largest = largest;
        this.ratio = bound * largest * boost;
    }

    /** The same document may be asked for again, as by min_score and then by the top hits. */
    float of(int asked) throws IOException {
        if (asked != doc) {
            score = values.advanceExact(asked) ? (float) (values.doubleValue() * boost) : 0;
            doc = asked;
        }
        return score;
    }

    /**
     * Whether a document's score can be this much. Many documents' features lie within their
     * rounding of the least that counts; to look at doc values costs a fraction of the script.
     */
    boolean canReach(int doc, float features, float min) throws IOException {
        return reach.canReach(doc, features * largest, min / boost);
    }

    /** The most that documents can score whose features score this much. */
    float most(float features) {
        return (float) Math.min(features * ratio, Float.MAX_VALUE);
    }

    /** What the features must score at least for a document to reach this score. */
    float leastFeatures(float min) {
        return Math.max(0, (float) (min / ratio));
    }
}
