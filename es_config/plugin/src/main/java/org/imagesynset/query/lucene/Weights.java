package org.imagesynset.query.lucene;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.imagesynset.query.words.Excerpt;
import org.imagesynset.query.words.Suggestions;
import org.imagesynset.query.words.Vocabulary;

/** The weights of a query's synsets. */
public final class Weights {
    /** Far inside what a float holds, so that no score overflows or vanishes. */
    private static final double LARGEST = 1e9;

    private static final double SMALLEST_MAX = 1e-9;

    private Weights() {}

    /**
     * @param value what the request says
     * @param known the vocabularies whose classes may be named
     * @return the same, checked: known synsets, weights finite and one of them positive
     * @throws IllegalArgumentException saying what to change
     */
    public static Map<String, Double> check(Object value, Collection<Vocabulary> known) {
        if (value instanceof Map<?, ?> == false) {
            throw new IllegalArgumentException(
                    "expected [synsets] to be an object of names and weights, such as {\"tabby\": 0.6}, found ["
                            + Excerpt.of(value)
                            + "]");
        }
        Map<?, ?> given = (Map<?, ?>) value;
        int most = known.stream().mapToInt(one -> one.synsets().classes().size()).max().orElse(0);
        if (given.isEmpty() || given.size() > most) {
            throw new IllegalArgumentException(
                    "expected [synsets] to have 1 to ["
                            + most
                            + "] names, found ["
                            + given.size()
                            + "]");
        }
        Map<String, Double> weights = new LinkedHashMap<>();
        given.forEach((name, weight) -> weights.put((String) name, number(name, weight)));
        checkNames(weights.keySet(), known);
        if (max(weights) < SMALLEST_MAX) {
            throw new IllegalArgumentException(
                    "expected [synsets] to have a weight of at least [1.0E-9], found at most ["
                            + max(weights)
                            + "]");
        }
        return weights;
    }

    /**
     * @throws IllegalArgumentException unless each is the name of a class of one of the
     *     vocabularies
     */
    public static void checkNames(Set<String> names, Collection<Vocabulary> known) {
        List<String> unknown =
                names.stream()
                        .filter(
                                name ->
                                        known.stream()
                                                .noneMatch(
                                                        one ->
                                                                one.synsets()
                                                                        .classes()
                                                                        .contains(name)))
                        .toList();
        if (unknown.isEmpty() == false) {
            Set<String> classes = new LinkedHashSet<>();
            known.forEach(one -> classes.addAll(one.synsets().classes()));
            throw new IllegalArgumentException(
                    "expected [synsets] to have names of the model's classes, found "
                            + new Suggestions(classes).of(unknown));
        }
    }

    /** Candidates are found by what they have, never by what they lack. */
    public static void checkNoneNegative(Map<String, Double> weights) {
        weights.forEach(
                (name, weight) -> {
                    if (weight < 0) {
                        throw new IllegalArgumentException(
                                "expected no negative weight with [mode] [candidates], found ["
                                        + name
                                        + "] ["
                                        + weight
                                        + "]; use [exact]");
                    }
                });
    }

    /** The largest weight. */
    public static double max(Map<String, Double> weights) {
        return weights.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    /** The length of the vector of weights. */
    public static double length(Map<String, Double> weights) {
        return Math.sqrt(weights.values().stream().mapToDouble(weight -> weight * weight).sum());
    }

    private static double number(Object name, Object value) {
        // A NaN fails the comparison too.
        if (value instanceof Number number && Math.abs(number.doubleValue()) <= LARGEST) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException(
                "expected the weight of synset ["
                        + Excerpt.of(name)
                        + "] to be a number from [-1.0E9] to [1.0E9], found ["
                        + Excerpt.of(value)
                        + "]");
    }
}
