package org.imagesynset.compat;

import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;

/** A scorer that Lucene 9 wants to know the weight of. */
public abstract class WeightScorer extends Scorer {
    protected WeightScorer(Weight weight) {
        super(weight);
    }
}
