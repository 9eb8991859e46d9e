package org.imagesynset.query.lucene.features;

/** A float of 0 or more and a number in one long, in the order of the floats. */
final class Packed {
    private Packed() {}

    static long of(float value, int number) {
        return (long) Float.floatToIntBits(value) << 32 | number;
    }

    static int number(long packed) {
        return (int) packed;
    }
}
