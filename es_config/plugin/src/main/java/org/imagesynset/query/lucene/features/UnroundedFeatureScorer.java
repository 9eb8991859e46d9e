package org.imagesynset.query.lucene.features;

import java.io.IOException;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.Weight;
import org.imagesynset.compat.WeightScorer;

/** Scores by doc values, and skips the blocks in which no document scores enough. */
final class UnroundedFeatureScorer extends WeightScorer {
    private final PostingsEnum postings;
    private final DoubleValues values;
    private final BlockMaxima maxima;
    private final float factor;
    private float least;
    private int shallow;

    UnroundedFeatureScorer(
            Weight weight,
            PostingsEnum postings,
            DoubleValues values,
            BlockMaxima maxima,
            float factor) {
        super(weight);
        this.postings = postings;
        this.values = values;
        this.maxima = maxima;
        this.factor = factor;
    }

    @Override
    public int docID() {
        return postings.docID();
    }

    @Override
    public float score() throws IOException {
        return values.advanceExact(docID()) ? scoreOf((float) values.doubleValue()) : 0;
    }

    private float scoreOf(float value) {
        return factor * value;
    }

    @Override
    public int advanceShallow(int target) {
        shallow = maxima.blockOf(target, shallow);
        return maxima.last(shallow);
    }

    @Override
    public float getMaxScore(int upTo) {
        if (upTo == DocIdSetIterator.NO_MORE_DOCS) {
            return scoreOf(maxima.largest());
        }
        return scoreOf(maxima.largest(shallow, upTo));
    }

    @Override
    public void setMinCompetitiveScore(float min) {
        least = min;
    }

    @Override
    public DocIdSetIterator iterator() {
        return new Competitive();
    }

    /** Where this is the only feature, nothing else skips. */
    private final class Competitive extends DocIdSetIterator {
        private int current;

        @Override
        public int docID() {
            return postings.docID();
        }

        @Override
        public int nextDoc() throws IOException {
            return least == 0 ? postings.nextDoc() : advance(postings.docID() + 1);
        }

        @Override
        public int advance(int target) throws IOException {
            return postings.advance(least == 0 ? target : competitive(target));
        }

        /** The first document, from this one on, of a block in which one scores enough. */
        private int competitive(int doc) {
            current = maxima.blockOf(doc, current);
            int block = current;
            if (block < maxima.count() && scoreOf(maxima.largest(block)) >= least) {
                return doc;
            }
            do {
                block++;
            } while (block < maxima.count() && scoreOf(maxima.largest(block)) < least);
            return block < maxima.count() ? maxima.first(block) : NO_MORE_DOCS;
        }

        @Override
        public long cost() {
            return postings.cost();
        }
    }
}
