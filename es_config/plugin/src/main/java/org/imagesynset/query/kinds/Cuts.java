package org.imagesynset.query.kinds;

/**
 * From where on a hit is not a weak match. Found by measurement: docs/quality.md.
 *
 * <p>Of a concept with many classes a model sees a little in many photos, because each of its
 * classes is mistaken for others; of one with few classes a little says much. So the cut is where
 * the odds are {@code ODDS} times those of a guess among all classes.
 */
public final class Cuts {
    private static final double ODDS = 15;
    private static final double LEAST = 0.09;
    private static final double MOST = 0.5;

    /** A hit by kinds scores at least this share of the most that a document can score. */
    public static final double KINDS = 0.25;

    /** What an index keeps of a mass: 9 significant bits, so that it can be compared exactly. */
    private static final int CUT_BITS = 15;

    private Cuts() {}

    /**
     * The probability mass from which on a photo shows a concept.
     *
     * @param share of the classes that are the concept or lie under it, above 0 and at most 1
     * @return from 0.09 to 0.5
     */
    public static float ofConcept(double share) {
        double odds = ODDS * share / (1 - share);
        double cut = share >= 1 ? MOST : odds / (1 + odds);
        int bits = Float.floatToIntBits((float) Math.min(Math.max(cut, LEAST), MOST));
        return Float.intBitsToFloat(bits >> CUT_BITS << CUT_BITS);
    }
}
