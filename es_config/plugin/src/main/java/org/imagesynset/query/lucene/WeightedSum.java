package org.imagesynset.query.lucene;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DoubleValues;
import org.imagesynset.query.scores.DocumentScores;

/**
 * Decides from the doc values of one segment whether the weights times a document's scores can add
 * up to so much.
 *
 * <p>What has been read is known exactly, and of the rest the features tell how much it is at most.
 * The largest weights are read first, so one value is enough for most documents.
 */
final class WeightedSum implements Reach {
    /** Sums in another order, and of floats, differ by far less. */
    private static final double ROUNDING = 1e-6;

    private final double[] weights;
    private final DoubleValues[] scores;

    WeightedSum(Map<String, Double> byName, DocumentScores documents, LeafReaderContext leaf)
            throws IOException {
        weights = new double[byName.size()];
        scores = new DoubleValues[byName.size()];
        List<Map.Entry<String, Double>> largestFirst =
                byName.entrySet().stream()
                        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                        .toList();
        DocumentScores.Leaf scoresByName = documents.leaf(leaf);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = largestFirst.get(i).getValue();
            scores[i] = scoresByName.of(largestFirst.get(i).getKey());
        }
    }

    @Override
    public boolean canReach(int doc, double features, double least) throws IOException {
        double unsure = features * ROUNDING + Math.abs(least) * ROUNDING;
        double known = 0;
        double rest = features;
        for (int i = 0; i < weights.length; i++) {
            if (scores[i].advanceExact(doc)) {
                double score = scores[i].doubleValue();
                known += weights[i] * score;
                if (weights[i] > 0) {
                    rest -= weights[i] * atLeastAsFeature(score);
                }
            }
            if (known + Math.max(rest, 0) * ExactScore.ROUNDED + unsure < least) {
                return false;
            }
        }
        return known + unsure >= least;
    }

    /**
     * As Lucene cuts a feature's value; a rounding's breadth less, lest it was cut one step lower.
     */
    private static float atLeastAsFeature(double score) {
        int bits = Float.floatToIntBits((float) (score * (1 - ROUNDING)));
        return Float.intBitsToFloat(bits >> 15 << 15);
    }
}
