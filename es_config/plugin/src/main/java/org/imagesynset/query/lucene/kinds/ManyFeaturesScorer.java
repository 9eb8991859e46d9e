package org.imagesynset.query.lucene.kinds;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.FixedBitSet;
import org.imagesynset.compat.WeightScorer;
import org.imagesynset.query.lucene.features.Features;

/**
 * Scores by hundreds of features, where a document has few of them and their sum is bounded: by at
 * least what Σ weight × value is.
 *
 * <p>A document whose features add up to at most T scores at most T times the largest weight of any
 * feature that it has. So once a score of m counts, only the features with weights of m / T or more
 * need to be walked: whoever has none of them can't score m. A document found there scores at most
 * what was seen of it, and for what is left of T the largest weight not walked. After a few good
 * hits hundreds of features have become the few that are nearest.
 *
 * <p>Documents are taken a window at a time, feature by feature, which spares a heap of hundreds.
 */
final class ManyFeaturesScorer extends WeightScorer {
    private static final int WIDTH = 4096;

    /**
     * Where another clause jumps far ahead each time, most of a wide window would be for nothing.
     */
    private static final int NARROW = 128;

    private final FeatureLists lists;
    private final double largestSum;
    private final long cost;

    private final float[] sums = new float[WIDTH];
    private final float[] seen = new float[WIDTH];
    private final FixedBitSet found = new FixedBitSet(WIDTH);

    private int walked;
    private double unwalkedWeight;
    private double min;
    private int base;
    private int end;
    private int doc = -1;

    /**
     * @param largestSum the most that a document's features add up to
     */
    ManyFeaturesScorer(Weight weight, FeatureLists lists, double largestSum, long cost) {
        super(weight);
        this.lists = lists;
        this.largestSum = largestSum;
        this.cost = cost;
        this.walked = lists.size();
    }

    @Override
    public int docID() {
        return doc;
    }

    /** No less than the features' score. */
    @Override
    public float score() {
        return (float) most(doc - base);
    }

    private double most(int slot) {
        return sums[slot] + Math.max(0, largestSum - seen[slot]) * unwalkedWeight;
    }

    @Override
    public int advanceShallow(int target) {
        return DocIdSetIterator.NO_MORE_DOCS;
    }

    @Override
    public float getMaxScore(int upTo) {
        return (float) (largestSum * lists.weight(0));
    }

    @Override
    public void setMinCompetitiveScore(float least) {
        min = Math.max(min, least);
        while (walked > 0 && lists.weight(walked - 1) * largestSum < min) {
            walked--;
        }
    }

    @Override
    public DocIdSetIterator iterator() {
        return new DocIdSetIterator() {
            @Override
            public int docID() {
                return doc;
            }

            @Override
            public int nextDoc() throws IOException {
                return advance(doc + 1);
            }

            @Override
            public int advance(int target) throws IOException {
                return doc = next(target);
            }

            @Override
            public long cost() {
                return cost;
            }
        };
    }

    private int next(int from) throws IOException {
        int target = from;
        if (target == DocIdSetIterator.NO_MORE_DOCS) {
            return target;
        }
        int width = target >= end + WIDTH ? NARROW : WIDTH;
        while (true) {
            while (target < end) {
                int slot = nextFound(target - base);
                if (slot < 0) {
                    target = end;
                } else if (most(slot) >= min) {
                    return base + slot;
                } else {
                    target = base + slot + 1;
                }
            }
            int first = lists.advance(walked, target);
            if (first == DocIdSetIterator.NO_MORE_DOCS) {
                return first;
            }
            fill(first, width);
            target = first;
        }
    }

    private int nextFound(int slot) {
        if (slot >= WIDTH) {
            return -1;
        }
        int next = found.nextSetBit(slot);
        return next == DocIdSetIterator.NO_MORE_DOCS ? -1 : next;
    }

    /** Sums up a window; the lists that are walked stand at or behind its beginning. */
    private void fill(int first, int width) throws IOException {
        base = first;
        end = (int) Math.min((long) first + width, DocIdSetIterator.NO_MORE_DOCS);
        found.clear();
        Arrays.fill(sums, 0);
        Arrays.fill(seen, 0);
        for (int i = 0; i < walked; i++) {
            PostingsEnum list = lists.get(i);
            float weight = lists.weight(i);
            for (int at = list.docID(); at < end; at = list.nextDoc()) {
                float value = Features.value(list.freq());
                sums[at - base] += weight * value;
                seen[at - base] += value;
                found.set(at - base);
            }
        }
        unwalkedWeight = walked < lists.size() ? lists.weight(walked) : 0;
    }
}
