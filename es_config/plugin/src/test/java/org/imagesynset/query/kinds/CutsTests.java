package org.imagesynset.query.kinds;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.imagesynset.query.words.KnownSynsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CutsTests {
    /** By hand: 15 s / (1 - s + 15 s) for 7 and 118 of 1000 classes, within its bounds. */
    @ParameterizedTest
    @CsvSource({"0.001, 0.09", "0.007, 0.0956", "0.03, 0.3169", "0.118, 0.5", "1, 0.5"})
    void cutsAreThoseOfTheOdds(double share, float cut) {
        // What an index keeps has 9 significant bits.
        assertEquals(cut, Cuts.ofConcept(share), cut / 256);
    }

    @ParameterizedTest
    @CsvSource({"cat, 0.0956", "dog, 0.5", "a concept of another model, 0.5"})
    void everyConceptHasOne(String concept, float cut) {
        assertEquals(cut, KnownSynsets.get().cut(concept), cut / 256);
    }
}
