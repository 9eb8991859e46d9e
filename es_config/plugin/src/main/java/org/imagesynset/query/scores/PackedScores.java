package org.imagesynset.query.scores;

import java.io.IOException;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.search.DoubleValues;

/**
 * All scores of a document in one field of several whole numbers: in the upper 32 bits of each is
 * the hash code of a synset's name, in the lower the bits of its score as a float.
 *
 * <p>A document is read once, however many synsets are asked for.
 */
public final class PackedScores implements DocumentScores.Leaf {
    private final SortedNumericDocValues values;
    private int doc = -1;
    private int count;
    private int[] hashes = new int[16];
    private float[] scores = new float[16];

    public PackedScores(LeafReaderContext leaf, String field) throws IOException {
        values = DocValues.getSortedNumeric(leaf.reader(), field);
    }

    @Override
    public DoubleValues of(String name) {
        return new Score(name.hashCode());
    }

    private void advance(int asked) throws IOException {
        if (asked == doc) {
            return;
        }
        doc = asked;
        count = values.advanceExact(asked) ? values.docValueCount() : 0;
        if (count > hashes.length) {
            hashes = new int[count];
            scores = new float[count];
        }
        for (int i = 0; i < count; i++) {
            long packed = values.nextValue();
            hashes[i] = (int) (packed >>> Integer.SIZE);
            scores[i] = Float.intBitsToFloat((int) packed);
        }
    }

    private final class Score extends DoubleValues {
        private final int hash;
        private float score;

        Score(int hash) {
            this.hash = hash;
        }

        @Override
        public boolean advanceExact(int asked) throws IOException {
            advance(asked);
            for (int i = 0; i < count; i++) {
                if (hashes[i] == hash) {
                    score = scores[i];
                    return true;
                }
            }
            return false;
        }

        @Override
        public double doubleValue() {
            return score;
        }
    }
}
