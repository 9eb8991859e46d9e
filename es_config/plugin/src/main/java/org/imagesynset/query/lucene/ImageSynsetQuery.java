package org.imagesynset.query.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;
import org.imagesynset.query.lucene.features.SegmentFeature;
import org.imagesynset.query.lucene.features.UnroundedFeatureQuery;
import org.imagesynset.query.scores.DocumentScores;
import org.imagesynset.query.scores.LeafValues;

/**
 * Finds documents by the features of a sparse vector and scores them exactly.
 *
 * <p>The features' sum, by the values that they were rounded from, is a bound on the exact score.
 * So Lucene skips what can't be among the best, and only few documents are ever scored by the
 * script.
 */
public final class ImageSynsetQuery extends Query implements Explained, Returning {
    private final Query features;
    private final Set<String> fields;
    private final Map<String, Double> weights;
    private final DocumentScores documents;
    private final LeafValues exact;
    private final int hits;

    /**
     * @param features matches, and scores {@code Σ weight × value} over the positive weights,
     *     divided by the largest weight; where an exact score is asked for, unrounded if documents
     *     are skipped by it
     * @param fields every field that is read, by the features, for the scores or to tell why
     * @param weights what the documents' scores are multiplied with
     * @param documents those scores, to tell why
     * @param exact the score, never more than the exact sum or 0; null where the features' own is
     *     the score
     */
    public ImageSynsetQuery(
            Query features,
            Set<String> fields,
            Map<String, Double> weights,
            DocumentScores documents,
            LeafValues exact) {
        this(features, fields, weights, documents, exact, 0);
    }

    private ImageSynsetQuery(
            Query features,
            Set<String> fields,
            Map<String, Double> weights,
            DocumentScores documents,
            LeafValues exact,
            int hits) {
        this.features = features;
        this.fields = fields;
        this.weights = weights;
        this.documents = documents;
        this.exact = exact;
        this.hits = hits;
    }

    @Override
    public ImageSynsetQuery returning(int hits) {
        return new ImageSynsetQuery(features, fields, weights, documents, exact, hits);
    }

    LeafValues exact() {
        return exact;
    }

    List<SegmentFeature> features(LeafReaderContext leaf) throws IOException {
        List<SegmentFeature> found = new ArrayList<>();
        for (UnroundedFeatureQuery feature : UnroundedFeatureQuery.all(features)) {
            SegmentFeature ofSegment = feature.in(leaf);
            if (ofSegment != null) {
                found.add(ofSegment);
            }
        }
        return found;
    }

    WeightedSum sum(LeafReaderContext leaf) throws IOException {
        return new WeightedSum(weights, documents, leaf);
    }

    @Override
    public List<SharedSynset> shared(LeafReaderContext leaf, int doc, double boost)
            throws IOException {
        List<SharedSynset> shared = new ArrayList<>();
        DocumentScores.Leaf scoresByName = documents.leaf(leaf);
        for (Map.Entry<String, Double> weight : weights.entrySet()) {
            DoubleValues scores = scoresByName.of(weight.getKey());
            if (weight.getValue() != 0 && scores.advanceExact(doc)) {
                shared.add(
                        new SharedSynset(
                                weight.getKey(), weight.getValue() * boost, scores.doubleValue()));
            }
        }
        if (shared.stream().noneMatch(one -> one.query() > 0)) {
            return List.of();
        }
        shared.sort(SharedSynset.LARGEST_FIRST);
        return shared;
    }

    @Override
    public Query rewrite(IndexSearcher searcher) throws IOException {
        Query rewritten = features.rewrite(searcher);
        if (rewritten instanceof MatchNoDocsQuery || rewritten == features) {
            return rewritten == features ? this : rewritten;
        }
        return new ImageSynsetQuery(rewritten, fields, weights, documents, exact, hits);
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost)
            throws IOException {
        if (mode.needsScores() == false) {
            return features.createWeight(searcher, mode, boost);
        }
        double largest = Weights.max(weights);
        if (exact == null) {
            Weight weight = searcher.createWeight(features, mode, (float) (boost * largest));
            return new ExplainedWeight(this, weight, boost);
        }
        Weight weight = searcher.createWeight(features, mode, 1);
        double bound =
                UnroundedFeatureQuery.isUnrounded(mode) ? ExactScore.UNROUNDED : ExactScore.ROUNDED;
        return new ExactWeight(this, weight, boost, largest, bound, ReachedScore.of(mode, hits));
    }

    @Override
    public void visit(QueryVisitor visitor) {
        visit(this, fields, visitor);
    }

    /**
     * Names every field, also after one was refused: Elasticsearch keeps the hits of a filter for
     * all users only where each of them may see all fields that it reads.
     */
    public static void visit(Query query, Set<String> fields, QueryVisitor visitor) {
        boolean accepted = false;
        for (String field : fields) {
            accepted |= visitor.acceptField(field);
        }
        if (accepted) {
            visitor.visitLeaf(query);
        }
    }

    @Override
    public boolean equals(Object other) {
        return sameClassAs(other)
                && features.equals(((ImageSynsetQuery) other).features)
                && weights.equals(((ImageSynsetQuery) other).weights)
                && hits == ((ImageSynsetQuery) other).hits
                && (exact == null) == (((ImageSynsetQuery) other).exact == null);
    }

    @Override
    public int hashCode() {
        return Objects.hash(classHash(), features, weights, exact == null);
    }

    @Override
    public String toString(String field) {
        return "image_synset(" + (exact == null ? "" : "exact ") + weights + ")";
    }
}
