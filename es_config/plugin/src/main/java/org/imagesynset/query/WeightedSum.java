package org.imagesynset.query;

import java.io.IOException;
import java.util.Map;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DoubleValues;

/**
 * What the weights times the documents' scores add up to, in one segment, straight from doc values.
 */
final class WeightedSum {
    private final double[] weights;
    private final DoubleValues[] scores;

    WeightedSum(Map<String, Double> byName, DocumentScores documents, LeafReaderContext leaf)
            throws IOException {
        weights = new double[byName.size()];
        scores = new DoubleValues[byName.size()];
        int next = 0;
        for (Map.Entry<String, Double> weight : byName.entrySet()) {
            weights[next] = weight.getValue();
            scores[next++] = documents.values(weight.getKey(), leaf);
        }
    }

    /** Documents must be asked for in their order. */
    double of(int doc) throws IOException {
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            if (scores[i].advanceExact(doc)) {
                sum += weights[i] * scores[i].doubleValue();
            }
        }
        return sum;
    }
}
