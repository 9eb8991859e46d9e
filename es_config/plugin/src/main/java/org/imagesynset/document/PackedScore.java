package org.imagesynset.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A synset and its score as one whole number: in the upper 32 bits the hash code of the synset's
 * name, as {@code String.hashCode()} defines it, in the lower the bits of the score as a float.
 *
 * <p>It is written as text, which Elasticsearch reads as a number: a client that takes all numbers
 * for doubles, as JavaScript does, would write others back.
 */
final class PackedScore {
    private PackedScore() {}

    static List<String> of(Map<String, Double> scores) {
        List<String> packed = new ArrayList<>();
        scores.forEach((name, score) -> packed.add(Long.toString(of(name, score))));
        return packed;
    }

    private static long of(String name, double score) {
        return ((long) name.hashCode() << Integer.SIZE) | Float.floatToIntBits((float) score);
    }
}
