package org.imagesynset.query.lucene.kinds;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Terms;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BytesRef;
import org.imagesynset.query.kinds.Hierarchy;
import org.imagesynset.query.kinds.Kinds;
import org.imagesynset.query.lucene.ExactScore;
import org.imagesynset.query.lucene.ExactScorer;
import org.imagesynset.query.lucene.ExactWeight;
import org.imagesynset.query.lucene.Explained;
import org.imagesynset.query.lucene.ExplainedWeight;
import org.imagesynset.query.lucene.ImageSynsetQuery;
import org.imagesynset.query.lucene.ReachedScore;
import org.imagesynset.query.lucene.Returning;
import org.imagesynset.query.lucene.SharedSynset;
import org.imagesynset.query.lucene.Weights;
import org.imagesynset.query.lucene.features.SegmentFeature;
import org.imagesynset.query.lucene.features.UnroundedFeatureQuery;
import org.imagesynset.query.scores.DocumentScores;
import org.imagesynset.query.scores.LeafNames;
import org.imagesynset.query.scores.LeafValues;
import org.imagesynset.query.scores.ListedSynsets;

/**
 * Finds documents by the kinds that they share with a query, and scores them exactly.
 *
 * <p>Its weights are hundreds, for all classes of the same kinds. {@link ManyFeaturesScorer} skips
 * what can't be among the best, by the features of a sparse vector; the rest is as in {@link
 * ImageSynsetQuery}.
 */
public final class KindsQuery extends Query implements Explained, Returning {
    /** Of kinds with the same classes under them the shortest name is the one that people use. */
    private static final Comparator<SharedSynset> LARGEST_FIRST =
            Comparator.comparingDouble((SharedSynset one) -> Math.abs(one.product()))
                    .reversed()
                    .thenComparingInt(one -> one.synset().length())
                    .thenComparing(SharedSynset::synset);

    private final String field;
    private final Set<String> fields;
    private final Kinds kinds;
    private final Hierarchy hierarchy;
    private final LeafNames names;
    private final DocumentScores documents;
    private final LeafValues exact;
    private final double least;
    private final UnroundedFeatureQuery nearest;
    private final int hits;

    /**
     * @param field the sparse vector that finds documents
     * @param fields every field that is read, by the features, for the scores or to tell why
     * @param names lists the synsets of each document
     * @param documents the documents' scores
     * @param exact the score, never more than the exact sum or 0
     * @param least documents that score less are not hits; 0 for all that share a class of positive
     *     weight
     * @param nearest the class of the largest weight
     * @param hits how many documents the search returns; 0 until that is known
     */
    public KindsQuery(
            String field,
            Set<String> fields,
            Kinds kinds,
            Hierarchy hierarchy,
            LeafNames names,
            DocumentScores documents,
            LeafValues exact,
            double least,
            UnroundedFeatureQuery nearest,
            int hits) {
        this.field = field;
        this.fields = fields;
        this.kinds = kinds;
        this.hierarchy = hierarchy;
        this.names = names;
        this.documents = documents;
        this.exact = exact;
        this.least = least;
        this.nearest = nearest;
        this.hits = hits;
    }

    @Override
    public KindsQuery returning(int hits) {
        return new KindsQuery(
                field, fields, kinds, hierarchy, names, documents, exact, least, nearest, hits);
    }

    @Override
    public List<SharedSynset> shared(LeafReaderContext leaf, int doc, double boost)
            throws IOException {
        Map<String, Double> sums = new TreeMap<>();
        synsets(leaf)
                .forEach(
                        doc,
                        (name, score) ->
                                hierarchy
                                        .above(name)
                                        .forEach(kind -> sums.merge(kind, score, Double::sum)));
        List<SharedSynset> shared = new ArrayList<>();
        kinds.concepts()
                .forEach(
                        (kind, weight) -> {
                            Double sum = sums.get(kind);
                            if (sum != null) {
                                shared.add(new SharedSynset(kind, weight * boost, sum));
                            }
                        });
        if (shared.stream().noneMatch(one -> one.query() > 0)) {
            return List.of();
        }
        shared.sort(LARGEST_FIRST);
        return shared;
    }

    private ListedSynsets synsets(LeafReaderContext leaf) throws IOException {
        return new ListedSynsets(leaf, names, documents, kinds.classes().keySet());
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost)
            throws IOException {
        if (mode.needsScores() == false && least == 0) {
            return searcher.rewrite(matching()).createWeight(searcher, mode, boost);
        }
        // What it wraps is asked for nothing: it supplies scorers of its own.
        Weight nothing =
                new MatchNoDocsQuery("scores are supplied beside it")
                        .createWeight(searcher, mode, boost);
        return new KindsWeight(
                nothing, mode.needsScores() ? boost : 1, ReachedScore.of(mode, hits));
    }

    private Query matching() {
        List<BytesRef> positive = new ArrayList<>();
        kinds.classes()
                .forEach(
                        (name, weight) -> {
                            if (weight > 0) {
                                positive.add(new BytesRef(name));
                            }
                        });
        return new TermInSetQuery(field, positive);
    }

    private final class KindsWeight extends ExplainedWeight {
        private final double largest = Weights.max(kinds.classes());

        private final ReachedScore reached;

        /**
         * @param reached null if nothing is known
         */
        KindsWeight(Weight nothing, float boost, ReachedScore reached) {
            super(KindsQuery.this, nothing, boost);
            this.reached = reached;
        }

        @Override
        public ScorerSupplier scorerSupplier(LeafReaderContext leaf) throws IOException {
            Terms terms = leaf.reader().terms(field);
            if (terms == null || largest <= 0) {
                return null;
            }
            FeatureLists lists = new FeatureLists(terms, kinds.classes(), largest);
            return lists.size() == 0 ? null : new Bulk(new Exact(leaf, terms, lists), leaf);
        }

        /** Not known without a look at each, whatever the weight inside says. */
        @Override
        public int count(LeafReaderContext leaf) {
            return -1;
        }

        /** As that of {@link ExactWeight}: what a script gives may change. */
        @Override
        public boolean isCacheable(LeafReaderContext leaf) {
            return false;
        }

        private final class Bulk extends Supplier {
            private final Exact exact;

            Bulk(Exact exact, LeafReaderContext leaf) {
                super(exact, leaf);
                this.exact = exact;
            }

            @Override
            public Scorer get(long leadCost) throws IOException {
                return exact.get(leadCost);
            }

            @Override
            public BulkScorer bulkScorer() throws IOException {
                ExactScorer scorer = exact.get(Long.MAX_VALUE);
                BulkScorer all = new DefaultBulkScorer(scorer);
                SegmentFeature best = reached == null ? null : nearest.in(leaf);
                return best == null
                        ? all
                        : new StartingBulkScorer(
                                all,
                                live ->
                                        scorer.startAt(
                                                reached.after(List.of(best), live, exact.score())));
            }
        }

        private final class Exact extends ScorerSupplier {
            private final LeafReaderContext leaf;
            private final Terms terms;
            private final FeatureLists lists;

            Exact(LeafReaderContext leaf, Terms terms, FeatureLists lists) {
                this.leaf = leaf;
                this.terms = terms;
                this.lists = lists;
            }

            @Override
            public ExactScorer get(long leadCost) throws IOException {
                double sum = LargestSums.of(leaf.reader(), field, terms);
                Scorer features = new ManyFeaturesScorer(KindsWeight.this, lists, sum, cost());
                return new ExactScorer(
                        KindsWeight.this, features, score(), (float) (least * boost));
            }

            ExactScore score() throws IOException {
                NamedSum reach = new NamedSum(synsets(leaf), kinds.classes());
                return new ExactScore(
                        exact.values(leaf), reach, boost, largest, ExactScore.ROUNDED);
            }

            @Override
            public long cost() {
                return Math.min(lists.documents(), leaf.reader().maxDoc());
            }
        }
    }

    @Override
    public void visit(QueryVisitor visitor) {
        ImageSynsetQuery.visit(this, fields, visitor);
    }

    @Override
    public boolean equals(Object other) {
        return sameClassAs(other)
                && field.equals(((KindsQuery) other).field)
                && kinds.equals(((KindsQuery) other).kinds)
                && least == ((KindsQuery) other).least
                && hits == ((KindsQuery) other).hits;
    }

    @Override
    public int hashCode() {
        return Objects.hash(classHash(), field, kinds, least);
    }

    @Override
    public String toString(String field) {
        return "image_synset(kinds " + kinds.concepts() + ")";
    }
}
