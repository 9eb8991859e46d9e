package org.imagesynset.query.lucene.kinds;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.TermState;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BytesRef;

/** The documents of each of a query's features, the largest weight first; opened when needed. */
final class FeatureLists {
    private record Feature(BytesRef name, TermState state, float weight) {}

    private final List<Feature> features = new ArrayList<>();
    private final TermsEnum terms;
    private final PostingsEnum[] opened;
    private long documents;

    /**
     * @param weights by feature; those that are positive count
     * @param largest what weights are divided by
     */
    FeatureLists(Terms terms, Map<String, Double> weights, double largest) throws IOException {
        this.terms = terms.iterator();
        // a field has hardly more features than the query: to go through all is faster than to seek
        // each
        for (BytesRef name = this.terms.next(); name != null; name = this.terms.next()) {
            Double weight = weights.get(name.utf8ToString());
            if (weight != null && weight > 0) {
                // Rounded up where it would vanish, so that the synset still finds.
                float scaled = Math.max((float) (weight / largest), Float.MIN_NORMAL);
                documents += this.terms.docFreq();
                features.add(
                        new Feature(BytesRef.deepCopyOf(name), this.terms.termState(), scaled));
            }
        }
        features.sort(Comparator.comparingDouble(Feature::weight).reversed());
        opened = new PostingsEnum[features.size()];
    }

    int size() {
        return opened.length;
    }

    /** Of all lists together, a document for each that it is in. */
    long documents() {
        return documents;
    }

    float weight(int number) {
        return features.get(number).weight();
    }

    PostingsEnum get(int number) throws IOException {
        if (opened[number] == null) {
            Feature feature = features.get(number);
            terms.seekExact(feature.name(), feature.state());
            opened[number] = terms.postings(null, PostingsEnum.FREQS);
        }
        return opened[number];
    }

    /**
     * Moves the first lists to a document or behind it.
     *
     * @return the first document that one of them stands at
     */
    int advance(int count, int target) throws IOException {
        int first = DocIdSetIterator.NO_MORE_DOCS;
        for (int i = 0; i < count; i++) {
            PostingsEnum list = get(i);
            int doc = list.docID() < target ? list.advance(target) : list.docID();
            first = Math.min(first, doc);
        }
        return first;
    }
}
