package org.imagesynset.query.lucene.kinds;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.imagesynset.query.lucene.features.Features;
import org.imagesynset.query.lucene.features.PerSegment;

/**
 * How much one document's features of a field add up to, at most, in a segment.
 *
 * <p>Scores of a photo are shares of one whole, so this is about 1 whatever the number of synsets;
 * but it is read from the segment, never assumed. That takes one pass over the field's postings,
 * once for a segment: what is found is kept as long as the segment is open.
 */
final class LargestSums {
    private static final int WINDOW = 1 << 16;

    /** Sums of floats in another order differ by less. */
    private static final double ROUNDING = 1 + 1e-4;

    private static final PerSegment<Double> KNOWN = new PerSegment<>();

    private LargestSums() {}

    /**
     * @param terms the field's, not null
     */
    static double of(LeafReader reader, String field, Terms terms) throws IOException {
        return KNOWN.of(reader, field, () -> read(reader.maxDoc(), terms));
    }

    /**
     * One window of documents after the other, so that a segment of any size takes as much memory.
     */
    private static double read(int maxDoc, Terms terms) throws IOException {
        List<PostingsEnum> lists = new ArrayList<>();
        TermsEnum all = terms.iterator();
        while (all.next() != null) {
            PostingsEnum list = all.postings(null, PostingsEnum.FREQS);
            list.nextDoc();
            lists.add(list);
        }
        float[] sums = new float[Math.min(WINDOW, maxDoc)];
        float largest = 0;
        for (int base = 0; base < maxDoc; base += WINDOW) {
            int end = Math.min(maxDoc, base + WINDOW);
            Arrays.fill(sums, 0);
            for (PostingsEnum list : lists) {
                for (int doc = list.docID(); doc < end; doc = list.nextDoc()) {
                    sums[doc - base] += Features.value(list.freq());
                }
            }
            for (float sum : sums) {
                largest = Math.max(largest, sum);
            }
        }
        return largest * ROUNDING;
    }
}
