package org.imagesynset.query.lucene.features;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.search.DocIdSetIterator;

/**
 * The ranges of a segment's documents outside of which no document's features add up to so much.
 *
 * <p>A document is found by the heaviest feature that it has: what it adds is at most the largest
 * value of its block, and what the lighter ones add is at most theirs there. Asked for in ascending
 * order.
 */
public final class PromisingRanges {
    /** Ranges this near to each other are one: to skip so little costs more than it spares. */
    private static final int NEAR = 512;

    /** From, inclusive, and to, exclusive; ascending, and none touches the next. */
    private final List<int[]> ranges = new ArrayList<>();

    private final List<SegmentFeature> heaviestFirst;
    private final double least;

    /** What the features after each add up to at most. */
    private final double[] after;

    private int current;

    /**
     * @param features those of the query that the segment has
     * @param least what a document's weighted values must add up to
     */
    public PromisingRanges(List<SegmentFeature> features, double least) {
        this.least = least;
        heaviestFirst =
                features.stream()
                        .sorted(Comparator.comparingDouble(SegmentFeature::most).reversed())
                        .toList();
        after = new double[heaviestFirst.size()];
        for (int i = after.length - 1; i > 0; i--) {
            after[i - 1] = after[i] + heaviestFirst.get(i).most();
        }
        List<int[]> found = new ArrayList<>();
        for (int i = 0; i < after.length && heaviestFirst.get(i).most() + after[i] >= least; i++) {
            addBlocks(i, found);
        }
        found.sort(Comparator.comparingInt(range -> range[0]));
        for (int[] range : found) {
            int[] last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
            if (last != null && range[0] <= last[1] + NEAR) {
                last[1] = Math.max(last[1], range[1]);
            } else {
                ranges.add(range);
            }
        }
    }

    private void addBlocks(int heaviest, List<int[]> found) {
        SegmentFeature feature = heaviestFirst.get(heaviest);
        BlockMaxima blocks = feature.maxima();
        int[] near = new int[after.length];
        for (int block = 0; block < blocks.count(); block++) {
            double most = feature.weight() * blocks.largest(block) + after[heaviest];
            if (most >= least && isPromising(heaviest, blocks, block, most, near)) {
                found.add(new int[] {blocks.first(block), blocks.last(block) + 1});
            }
        }
    }

    private boolean isPromising(
            int heaviest, BlockMaxima blocks, int block, double most, int[] near) {
        double rest = most;
        for (int i = heaviest + 1; i < after.length && rest >= least; i++) {
            SegmentFeature lighter = heaviestFirst.get(i);
            BlockMaxima others = lighter.maxima();
            near[i] = others.blockOf(blocks.first(block), near[i]);
            float largest = others.largest(near[i], blocks.last(block));
            rest -= lighter.most() - lighter.weight() * largest;
        }
        return rest >= least;
    }

    /**
     * The first document from this one on that is in a range; {@link DocIdSetIterator#NO_MORE_DOCS}
     * if there is none.
     */
    public int next(int doc) {
        while (current < ranges.size() && to() <= doc) {
            current++;
        }
        return current < ranges.size()
                ? Math.max(ranges.get(current)[0], doc)
                : DocIdSetIterator.NO_MORE_DOCS;
    }

    /** The document after the last one of the range in which the last {@link #next} is. */
    public int to() {
        return ranges.get(current)[1];
    }
}
