package org.imagesynset.query.lucene.features;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.DoubleValues;

/**
 * The largest value in each block of 128 documents of one feature, unrounded.
 *
 * <p>Lucene keeps such maxima of what is in the postings, which is rounded: where thousands of
 * documents are within the rounding, none of their blocks could be skipped.
 */
final class BlockMaxima {
    static final int BLOCK = 128;

    /** A block's last document, ascending, and the largest value in it. */
    private final int[] last;

    private final float[] largest;
    private final float largestOfAll;

    private BlockMaxima(int[] last, float[] largest) {
        this.last = last;
        this.largest = largest;
        float most = 0;
        for (float value : largest) {
            most = Math.max(most, value);
        }
        largestOfAll = most;
    }

    /**
     * One pass over the postings (with frequencies) and the values.
     *
     * <p>A document without a value, or whose value this user may not see, counts as the most that
     * its feature can have been rounded from: so what is read for one user is true for all.
     */
    static BlockMaxima of(PostingsEnum postings, DoubleValues values) throws IOException {
        int blocks = (int) (postings.cost() + BLOCK - 1) / BLOCK;
        int[] last = new int[blocks];
        float[] largest = new float[blocks];
        int count = 0;
        for (int doc = postings.nextDoc();
                doc != DocIdSetIterator.NO_MORE_DOCS;
                doc = postings.nextDoc()) {
            double value =
                    values.advanceExact(doc)
                            ? values.doubleValue()
                            : Features.value(postings.freq()) * (1 + Features.CUT_OFF);
            int block = count++ / BLOCK;
            last[block] = doc;
            largest[block] = Math.max(largest[block], Math.nextUp((float) value));
        }
        return new BlockMaxima(last, largest);
    }

    float largest() {
        return largestOfAll;
    }

    /**
     * The block of the first document from this one on; as many as there are if there is none.
     *
     * @param near a block that is seldom far before
     */
    int blockOf(int doc, int near) {
        int from = near > 0 && first(near) > doc ? 0 : near;
        int step = 1;
        while (from + step < last.length && last[from + step] < doc) {
            from += step;
            step *= 2;
        }
        int found = Arrays.binarySearch(last, from, Math.min(from + step + 1, last.length), doc);
        return found < 0 ? -found - 1 : found;
    }

    int count() {
        return last.length;
    }

    int first(int block) {
        return block == 0 ? 0 : last[block - 1] + 1;
    }

    int last(int block) {
        return block < last.length ? last[block] : DocIdSetIterator.NO_MORE_DOCS;
    }

    float largest(int block) {
        return largest[block];
    }

    /** The largest value from a block on, as far as to a document; 0 if there is none. */
    float largest(int block, int upTo) {
        float most = 0;
        for (int i = block; i < count() && first(i) <= upTo; i++) {
            most = Math.max(most, largest[i]);
        }
        return most;
    }

    /** So many blocks, ascending, with the largest values; all blocks if there are no more. */
    int[] best(int blocks) {
        long[] byValue = new long[count()];
        for (int block = 0; block < byValue.length; block++) {
            byValue[block] = Packed.of(largest[block], block);
        }
        Arrays.sort(byValue);
        int found = Math.min(blocks, byValue.length);
        return Arrays.stream(byValue, byValue.length - found, byValue.length)
                .mapToInt(Packed::number)
                .sorted()
                .toArray();
    }
}
