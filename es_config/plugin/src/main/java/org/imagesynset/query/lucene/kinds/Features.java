package org.imagesynset.query.lucene.kinds;

/** How Lucene's feature fields keep values: as the upper 17 bits of a float. */
final class Features {
    private static final int CUT = 15;

    private Features() {}

    /** The value that a frequency stands for. */
    static float value(int frequency) {
        return Float.intBitsToFloat(frequency << CUT);
    }

    /** The frequency that a value is kept as. */
    static int frequency(float value) {
        return Float.floatToIntBits(value) >> CUT;
    }
}
