package org.imagesynset.query.kinds;

import java.util.HashMap;
import java.util.Map;

/**
 * A query's synsets expanded over the hierarchy: what is of the same kind counts, the more so the
 * narrower the kind.
 *
 * <p>With P(c) the sum of the query's weights under a concept c, and IC(c) = −ln(share of the
 * classes under c), a class s weighs w(s) = Σ IC(c)<sup>1.5</sup> × P(c) over the concepts c above
 * it.
 *
 * @param concepts by concept, IC(c)<sup>1.5</sup> × P(c), without those that are 0
 * @param classes by class, w(s), without those that are 0
 */
public record Kinds(Map<String, Double> concepts, Map<String, Double> classes) {
    /** Chosen by measurement: docs/quality.md has the table. */
    public static final double EXPONENT = 1.5;

    /**
     * @param weights by class; negative ones lower the weight of all that is of their kind
     */
    public static Kinds of(Map<String, Double> weights, Hierarchy hierarchy) {
        Map<String, Double> sums = new HashMap<>();
        weights.forEach(
                (name, weight) ->
                        hierarchy
                                .above(name)
                                .forEach(concept -> sums.merge(concept, weight, Double::sum)));
        Map<String, Double> concepts = new HashMap<>();
        sums.forEach(
                (concept, sum) -> {
                    double weight = Math.pow(information(concept, hierarchy), EXPONENT) * sum;
                    if (weight != 0) {
                        concepts.put(concept, weight);
                    }
                });
        Map<String, Double> classes = new HashMap<>();
        for (String name : hierarchy.classes()) {
            double weight = 0;
            for (String concept : hierarchy.above(name)) {
                weight += concepts.getOrDefault(concept, 0.0);
            }
            if (weight != 0) {
                classes.put(name, weight);
            }
        }
        return new Kinds(concepts, classes);
    }

    /** How much information it is to be of a kind, in nats: 0 for what everything is. */
    private static double information(String concept, Hierarchy hierarchy) {
        // Subtracted from 0, so that a share of 1 makes no negative zero.
        return 0 - Math.log(hierarchy.share(concept));
    }
}
