package org.imagesynset.query.lucene.features;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.util.Bits;

/**
 * One feature of a query in one segment: its documents, their values, and the largest in blocks.
 */
public final class SegmentFeature {
    /** How many blocks are looked through at least: where they are not sorted, one has few. */
    private static final int BLOCKS = 4;

    interface Values {
        DoubleValues open() throws IOException;
    }

    private final float weight;
    private final TermsEnum term;
    private final Values values;
    private final BlockMaxima maxima;

    SegmentFeature(float weight, TermsEnum term, Values values, BlockMaxima maxima) {
        this.weight = weight;
        this.term = term;
        this.values = values;
        this.maxima = maxima;
    }

    PostingsEnum postings() throws IOException {
        return term.postings(null, PostingsEnum.NONE);
    }

    DoubleValues values() throws IOException {
        return values.open();
    }

    BlockMaxima maxima() {
        return maxima;
    }

    double weight() {
        return weight;
    }

    public int blocks() {
        return maxima.count();
    }

    /** The most that this feature adds to a document's sum. */
    public double most() {
        return (double) weight * maxima.largest();
    }

    /**
     * Documents with large values, ascending: the best of those in the best blocks.
     *
     * @param live documents that count; null for all
     * @param count how many at most
     */
    public int[] best(Bits live, int count) throws IOException {
        PostingsEnum postings = postings();
        DoubleValues scores = values();
        int[] blocks = maxima.best(BLOCKS + count / BlockMaxima.BLOCK);
        long[] byValue = new long[blocks.length * BlockMaxima.BLOCK];
        int found = 0;
        int doc = postings.docID();
        for (int block : blocks) {
            if (doc < maxima.first(block)) {
                doc = postings.advance(maxima.first(block));
            }
            for (; doc <= maxima.last(block); doc = postings.nextDoc()) {
                if ((live == null || live.get(doc)) && scores.advanceExact(doc)) {
                    byValue[found++] = Packed.of((float) scores.doubleValue(), doc);
                }
            }
        }
        Arrays.sort(byValue, 0, found);
        return Arrays.stream(byValue, Math.max(0, found - count), found)
                .mapToInt(Packed::number)
                .sorted()
                .toArray();
    }
}
