package org.imagesynset.query.lucene.kinds;

import java.io.IOException;
import java.util.Map;
import org.imagesynset.query.lucene.ExactScore;
import org.imagesynset.query.lucene.Reach;
import org.imagesynset.query.scores.ListedSynsets;

/** Adds up weight × score over the synsets that a document lists, from doc values. */
final class NamedSum implements Reach {
    /** Sums in another order, and of floats, differ by far less. */
    private static final double ROUNDING = 1e-6;

    private final ListedSynsets documents;
    private final Map<String, Double> weights;
    private double sum;
    private double size;

    NamedSum(ListedSynsets documents, Map<String, Double> weights) {
        this.documents = documents;
        this.weights = weights;
    }

    @Override
    public boolean canReach(int doc, double features, double least) throws IOException {
        if (features * ExactScore.ROUNDED < least) {
            return false;
        }
        sum = 0;
        size = 0;
        documents.forEach(
                doc,
                (name, score) -> {
                    double product = weights.get(name) * score;
                    sum += product;
                    size += Math.abs(product);
                });
        return sum + (size + Math.abs(least)) * ROUNDING >= least;
    }
}
