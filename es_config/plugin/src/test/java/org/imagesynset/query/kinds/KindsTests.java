package org.imagesynset.query.kinds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Four classes: two cats and a dog are animals, beside a cup; all are things. */
class KindsTests {
    private static final Map<String, Set<String>> ABOVE =
            Map.of(
                    "tabby", Set.of("tabby", "cat", "animal", "thing"),
                    "Siamese", Set.of("Siamese", "cat", "animal", "thing"),
                    "pug", Set.of("pug", "animal", "thing"),
                    "cup", Set.of("cup", "thing"));

    private static final Hierarchy HIERARCHY =
            new Hierarchy() {
                @Override
                public Set<String> classes() {
                    return ABOVE.keySet();
                }

                @Override
                public Set<String> above(String className) {
                    return ABOVE.getOrDefault(className, Set.of());
                }

                @Override
                public double share(String concept) {
                    return ABOVE.values().stream().filter(set -> set.contains(concept)).count()
                            / 4.0;
                }
            };

    // −ln(1/4), −ln(2/4) and −ln(3/4), each to the power of 1.5, by a calculator.
    private static final double ONE = 1.6322;
    private static final double TWO = 0.5771;
    private static final double THREE = 0.1543;

    @Test
    void weightsAreThoseOfTheFormula() {
        Kinds kinds = Kinds.of(Map.of("tabby", 0.5, "pug", 0.25), HIERARCHY);
        double cats = 0.5 * TWO;
        double animals = 0.75 * THREE;
        Map<String, Double> classes = kinds.classes();
        assertEquals(0.5 * ONE + cats + animals, classes.get("tabby"), 1e-4);
        assertEquals(cats + animals, classes.get("Siamese"), 1e-4);
        assertEquals(0.25 * ONE + animals, classes.get("pug"), 1e-4);
        assertEquals(animals, kinds.concepts().get("animal"), 1e-4);
    }

    @Test
    void whatEverythingIsCountsNothing() {
        Kinds kinds = Kinds.of(Map.of("tabby", 1.0), HIERARCHY);
        assertFalse(kinds.concepts().containsKey("thing"));
        assertFalse(kinds.classes().containsKey("cup"));
    }

    @Test
    void aNegativeWeightLowersItsKind() {
        Map<String, Double> classes =
                Kinds.of(Map.of("cup", 1.0, "tabby", -1.0), HIERARCHY).classes();
        assertTrue(classes.get("Siamese") < 0);
        assertTrue(classes.get("cup") > 0);
    }
}
