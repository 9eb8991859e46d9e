package org.imagesynset.query.lucene.features;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.document.FeatureField;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BytesRef;
import org.imagesynset.compat.BulkWeight;
import org.imagesynset.query.scores.DocumentScores;

/**
 * Finds the documents that have a feature, and scores them by the value that it was rounded from.
 *
 * <p>Only where documents are skipped by their scores; else the scores are the rounded ones, which
 * are read faster.
 */
public final class UnroundedFeatureQuery extends Query {
    private static final PerSegment<BlockMaxima> MAXIMA = new PerSegment<>();

    private final String field;
    private final String name;
    private final float weight;
    private final DocumentScores documents;
    private final String source;
    private final Query rounded;

    /**
     * @param weight at most 64, as Lucene allows
     * @param documents where the values are
     * @param source distinguishes them from values that are kept elsewhere
     */
    public UnroundedFeatureQuery(
            String field, String name, float weight, DocumentScores documents, String source) {
        this.field = field;
        this.name = name;
        this.weight = weight;
        this.documents = documents;
        this.source = source;
        this.rounded = FeatureField.newLinearQuery(field, name, weight);
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost)
            throws IOException {
        Weight inner = rounded.createWeight(searcher, mode, boost);
        return isUnrounded(mode) ? new Unrounded(inner, weight * boost) : inner;
    }

    /** Those among a query's clauses. */
    public static List<UnroundedFeatureQuery> all(Query query) {
        List<UnroundedFeatureQuery> found = new ArrayList<>();
        query.visit(
                new QueryVisitor() {
                    @Override
                    public void visitLeaf(Query clause) {
                        if (clause instanceof UnroundedFeatureQuery feature) {
                            found.add(feature);
                        }
                    }
                });
        return found;
    }

    /** Whether these queries score by unrounded values in a search of this kind. */
    public static boolean isUnrounded(ScoreMode mode) {
        return mode == ScoreMode.TOP_SCORES;
    }

    private final class Unrounded extends BulkWeight {
        private final float factor;

        Unrounded(Weight inner, float factor) {
            super(UnroundedFeatureQuery.this, inner);
            this.factor = factor;
        }

        @Override
        public ScorerSupplier scorerSupplier(LeafReaderContext leaf) throws IOException {
            ScorerSupplier inner = in.scorerSupplier(leaf);
            return inner == null ? null : new UnroundedSupplier(inner, leaf);
        }

        private final class UnroundedSupplier extends Supplier {
            UnroundedSupplier(ScorerSupplier inner, LeafReaderContext leaf) {
                super(inner, leaf);
            }

            @Override
            public Scorer get(long leadCost) throws IOException {
                SegmentFeature feature = in(leaf);
                return new UnroundedFeatureScorer(
                        Unrounded.this,
                        feature.postings(),
                        feature.values(),
                        feature.maxima(),
                        factor);
            }

            @Override
            public BulkScorer bulkScorer() throws IOException {
                return new DefaultBulkScorer(get(Long.MAX_VALUE));
            }
        }
    }

    /** This feature in one segment; null if none of its documents has it. */
    public SegmentFeature in(LeafReaderContext leaf) throws IOException {
        Terms terms = leaf.reader().terms(field);
        TermsEnum term = terms == null ? null : terms.iterator();
        if (term == null || term.seekExact(new BytesRef(name)) == false) {
            return null;
        }
        BlockMaxima maxima =
                MAXIMA.of(
                        leaf.reader(),
                        field + " " + source + " " + name,
                        () ->
                                BlockMaxima.of(
                                        term.postings(null, PostingsEnum.FREQS), values(leaf)));
        return new SegmentFeature(weight, term, () -> values(leaf), maxima);
    }

    private DoubleValues values(LeafReaderContext leaf) throws IOException {
        return documents.leaf(leaf).of(name);
    }

    @Override
    public void visit(QueryVisitor visitor) {
        if (visitor.acceptField(field)) {
            visitor.visitLeaf(this);
        }
    }

    @Override
    public boolean equals(Object other) {
        return sameClassAs(other)
                && rounded.equals(((UnroundedFeatureQuery) other).rounded)
                && source.equals(((UnroundedFeatureQuery) other).source);
    }

    @Override
    public int hashCode() {
        return Objects.hash(classHash(), rounded, source);
    }

    @Override
    public String toString(String shown) {
        return "unrounded(" + rounded.toString(shown) + ")";
    }
}
