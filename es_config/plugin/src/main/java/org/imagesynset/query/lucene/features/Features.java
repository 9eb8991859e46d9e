package org.imagesynset.query.lucene.features;

/** How Lucene's feature fields keep values: as the upper 17 bits of a float. */
public final class Features {
    /** What is cut off a value is less than this share of what is kept. */
    public static final double CUT_OFF = 0x1p-8;

    private static final int CUT = 15;

    private Features() {}

    /** The value that a frequency stands for. */
    public static float value(int frequency) {
        return Float.intBitsToFloat(frequency << CUT);
    }

    /** The frequency that a value is kept as. */
    public static int frequency(float value) {
        return Float.floatToIntBits(value) >> CUT;
    }
}
