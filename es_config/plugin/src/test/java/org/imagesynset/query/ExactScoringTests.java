package org.imagesynset.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopFieldCollectorManager;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.imagesynset.query.kinds.Kinds;
import org.imagesynset.query.lucene.ImageSynsetQuery;
import org.imagesynset.query.lucene.Weights;
import org.imagesynset.query.lucene.kinds.KindsQuery;
import org.imagesynset.query.scores.DocumentScores;
import org.imagesynset.query.scores.LeafValues;
import org.imagesynset.query.words.KnownSynsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Lucene skips is never among the best: pruned hits against a ranking of every document. */
class ExactScoringTests {
    private static final List<String> NAMES = List.copyOf(KnownSynsets.get().classes());
    private static final int TOP = 10;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void randomQueriesFindWhatARankingOfAllDocumentsFinds(long seed) throws IOException {
        Random random = new Random(seed);
        int synsets = List.of(3, 30, 1000).get((int) (seed % 3));
        try (Corpus corpus = Corpus.random(random, 3000, NAMES.subList(0, synsets))) {
            for (int round = 0; round < 40; round++) {
                Map<String, Double> weights = randomWeights(random, synsets);
                for (Similarity similarity : List.of(Similarity.INNER_PRODUCT, Similarity.COSINE)) {
                    compare(corpus, similarity, weights);
                }
            }
        }
    }

    /** The same property where the query's weights are those of all classes of the same kinds. */
    @ParameterizedTest
    @ValueSource(ints = {3, 30, 1000})
    void kindsFindWhatARankingOfAllDocumentsFinds(int synsets) throws IOException {
        Random random = new Random(synsets);
        try (Corpus corpus = Corpus.random(random, 12_000, NAMES.subList(0, synsets))) {
            for (int round = 0; round < 20; round++) {
                Kinds kinds = Kinds.of(randomWeights(random, synsets), KnownSynsets.get());
                compare(
                        corpus,
                        List.of(kinds(corpus, kinds, 0)),
                        Similarity.INNER_PRODUCT,
                        kinds.classes());
            }
        }
    }

    /** Hits, and their count, are those that score so much, in a search and as a filter. */
    @Test
    void kindsLeaveOutWhatScoresLess() throws IOException {
        Random random = new Random(12);
        try (Corpus corpus = Corpus.random(random, 5000, NAMES)) {
            for (int round = 0; round < 20; round++) {
                Kinds kinds = Kinds.of(randomWeights(random, 1000), KnownSynsets.get());
                double least = Weights.max(kinds.classes()) * 0.3;
                long expected =
                        IntStream.range(0, corpus.documents.size())
                                .mapToDouble(
                                        corpus.scoring(Similarity.INNER_PRODUCT, kinds.classes()))
                                .filter(score -> (float) score >= (float) least && score > 0)
                                .count();
                Query query = kinds(corpus, kinds, least);
                assertEquals(expected, corpus.searcher.count(query));
                assertEquals(
                        expected,
                        corpus.searcher.search(query, corpus.documents.size()).scoreDocs.length);
            }
        }
    }

    static KindsQuery kinds(Corpus corpus, Kinds kinds, double least) {
        DocumentScores scores = corpus.scores(Similarity.INNER_PRODUCT);
        return new KindsQuery(
                Similarity.KINDS.vectorField,
                Set.of(Similarity.KINDS.vectorField),
                kinds,
                KnownSynsets.get(),
                leaf -> DocValues.getSortedSet(leaf.reader(), "names"),
                scores,
                corpus.script(Similarity.INNER_PRODUCT, kinds.classes()),
                least,
                LuceneQueries.nearest(
                        Similarity.KINDS.vectorField, kinds.classes(), scores, "scores"),
                0);
    }

    private static Map<String, Double> randomWeights(Random random, int synsets) {
        Map<String, Double> weights = new LinkedHashMap<>();
        double scale = Math.pow(10, random.nextInt(13) - 6);
        for (int i = random.nextInt(Math.min(12, synsets)); i >= 0; i--) {
            String name = NAMES.get(random.nextInt(synsets));
            weights.put(name, scale * (random.nextDouble() - (random.nextBoolean() ? 0 : 0.3)));
        }
        weights.put(NAMES.get(random.nextInt(synsets)), scale * random.nextDouble(0.001, 1));
        return weights;
    }

    @ParameterizedTest
    @EnumSource(names = {"INNER_PRODUCT", "COSINE"})
    void namesWithApostrophesAndOfTwoClassesFind(Similarity similarity) throws IOException {
        List<String> odd =
                List.of("jack-o'-lantern", "carpenter's_kit", "crane_n02012849", "crane_n03126707");
        try (Corpus corpus = Corpus.random(new Random(7), 500, odd)) {
            compare(corpus, similarity, Map.of("jack-o'-lantern", 0.5, "crane_n03126707", 0.25));
            compare(corpus, similarity, Map.of("crane_n02012849", 1.0));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INNER_PRODUCT", "COSINE"})
    void allThousandSynsetsMakeOneQuery(Similarity similarity) throws IOException {
        Random random = new Random(8);
        Map<String, Double> all = new LinkedHashMap<>();
        NAMES.forEach(name -> all.put(name, random.nextDouble(0.01, 1)));
        try (Corpus corpus = Corpus.random(random, 2000, NAMES)) {
            compare(corpus, similarity, all);
        }
    }

    @Test
    void noSharedSynsetIsNotAHit() throws IOException {
        try (Corpus corpus = Corpus.random(new Random(9), 200, NAMES.subList(0, 5))) {
            assertEquals(0, top(corpus, query(corpus, Map.of(NAMES.get(900), 1.0))).length);
        }
    }

    /** The whole query and a filter's companion are two different ways through Lucene. */
    @Test
    void mostDocumentsAreNeverScored() throws IOException {
        try (Corpus corpus = Corpus.random(new Random(10), 50_000, NAMES)) {
            Map<String, Double> weights = Map.of(NAMES.get(0), 0.7, NAMES.get(5), 0.2);
            AtomicInteger scored = new AtomicInteger();
            LeafValues script = corpus.script(Similarity.INNER_PRODUCT, weights);
            DocumentScores scores = corpus.scores(Similarity.INNER_PRODUCT);
            Query counting =
                    new ImageSynsetQuery(
                            LuceneQueries.unrounded("synset_vector", weights, scores, "scores"),
                            Set.of("synset_vector"),
                            weights,
                            scores,
                            leaf -> counted(script.values(leaf), scored));
            int matching = corpus.searcher.count(counting);
            assertTrue(matching > 5000, "matching: " + matching);
            for (Query query : List.of(counting, allOf(counting))) {
                scored.set(0);
                top(corpus, query);
                assertTrue(scored.get() < matching / 4, scored + " scored of " + matching);
            }
        }
    }

    /** In an index in order of its scores the best come first, and the rest is skipped unread. */
    @Test
    void documentsWithinTheRoundingOfTheBestAreNotRead() throws IOException {
        List<Map<String, Float>> documents =
                IntStream.range(0, 20_000)
                        .mapToObj(number -> Map.of(NAMES.get(0), 0.9999f - number * 1e-7f))
                        .toList();
        try (Corpus corpus = new Corpus(documents)) {
            Map<String, Double> weights = Map.of(NAMES.get(0), 0.9, NAMES.get(1), 0.1);
            AtomicInteger read = new AtomicInteger();
            DocumentScores scores = corpus.scores(Similarity.INNER_PRODUCT);
            Query query =
                    query(
                            corpus,
                            Similarity.INNER_PRODUCT,
                            weights,
                            leaf -> name -> counted(scores.leaf(leaf).of(name), read),
                            "scores");
            top(corpus, query);
            read.set(0);
            assertScores(ranking(corpus, Similarity.INNER_PRODUCT, weights), 1, top(corpus, query));
            // each of its segments has a first block
            assertTrue(read.get() < documents.size() / 4, read + " read");
        }
    }

    private static Query allOf(Query query) {
        return new BooleanQuery.Builder()
                .add(query, Occur.MUST)
                .add(NumericDocValuesField.newSlowRangeQuery("number", 0, 1_000_000), Occur.FILTER)
                .build();
    }

    static DoubleValues counted(DoubleValues values, AtomicInteger count) {
        return new DoubleValues() {
            @Override
            public boolean advanceExact(int doc) throws IOException {
                count.incrementAndGet();
                return values.advanceExact(doc);
            }

            @Override
            public double doubleValue() throws IOException {
                return values.doubleValue();
            }
        };
    }

    @Test
    void explanationIsTheSumOfWhatIsShared() throws IOException {
        try (Corpus corpus = Corpus.random(new Random(11), 300, NAMES.subList(0, 30))) {
            Map<String, Double> weights =
                    Map.of(NAMES.get(0), 0.5, NAMES.get(1), 0.25, NAMES.get(9), -0.01);
            Query query = new BoostQuery(query(corpus, weights), 2);
            for (ScoreDoc hit : top(corpus, query)) {
                Explanation explanation = corpus.searcher.explain(query, hit.doc);
                double sum = 0;
                for (Explanation part : explanation.getDetails()) {
                    sum += part.getValue().doubleValue();
                }
                assertEquals(hit.score, explanation.getValue().floatValue(), 1e-6 * hit.score);
                assertEquals(hit.score, sum, 1e-6 * hit.score);
                assertTrue(explanation.getDetails()[0].getDescription().contains(NAMES.get(0)));
            }
        }
    }

    private static ImageSynsetQuery query(Corpus corpus, Map<String, Double> weights) {
        return query(corpus, Similarity.INNER_PRODUCT, weights);
    }

    private static ImageSynsetQuery query(
            Corpus corpus, Similarity similarity, Map<String, Double> weights) {
        return query(corpus, similarity, weights, corpus.scores(similarity), "scores");
    }

    static ImageSynsetQuery query(
            Corpus corpus,
            Similarity similarity,
            Map<String, Double> weights,
            DocumentScores scores,
            String source) {
        double length = similarity == Similarity.COSINE ? Weights.length(weights) : 1;
        Map<String, Double> effective = new LinkedHashMap<>();
        weights.forEach((name, weight) -> effective.put(name, weight / length));
        return new ImageSynsetQuery(
                LuceneQueries.unrounded(similarity.vectorField, effective, scores, source),
                Set.of(similarity.vectorField),
                effective,
                scores,
                corpus.script(similarity, weights));
    }

    private static void compare(Corpus corpus, Similarity similarity, Map<String, Double> weights)
            throws IOException {
        List<Query> queries = new ArrayList<>(List.of(query(corpus, similarity, weights)));
        if (similarity == Similarity.INNER_PRODUCT) {
            queries.add(query(corpus, similarity, weights, Corpus.packedScores(), "packed"));
        }
        compare(corpus, queries, similarity, weights);
    }

    /**
     * As the whole search, below a filter, boosted, beside another clause, and sorted with ties.
     */
    private static void compare(
            Corpus corpus, List<Query> queries, Similarity similarity, Map<String, Double> weights)
            throws IOException {
        List<Double> expected = ranking(corpus, similarity, weights);
        for (Query query : queries) {
            assertScores(expected, 1, top(corpus, query));
            assertScores(expected, 1, top(corpus, allOf(query)));
            Query doubled =
                    new BooleanQuery.Builder()
                            .add(query, Occur.SHOULD)
                            .add(new BoostQuery(query, 0.5f), Occur.SHOULD)
                            .build();
            assertScores(expected, 1.5, top(corpus, doubled));
            Sort sort =
                    new Sort(SortField.FIELD_SCORE, new SortField("number", SortField.Type.LONG));
            TopDocs sorted =
                    corpus.searcher.search(query, new TopFieldCollectorManager(sort, TOP, null, 1));
            for (int rank = 0; rank < sorted.scoreDocs.length; rank++) {
                float score = expected.get(rank).floatValue();
                assertEquals(
                        score,
                        (float) ((FieldDoc) sorted.scoreDocs[rank]).fields[0],
                        1e-6f * score);
            }
        }
    }

    private static ScoreDoc[] top(Corpus corpus, Query query) throws IOException {
        // A threshold of 1 lets Lucene skip from the first full page on.
        return corpus.searcher.search(query, new TopScoreDocCollectorManager(TOP, null, 1))
                .scoreDocs;
    }

    private static List<Double> ranking(
            Corpus corpus, Similarity similarity, Map<String, Double> weights) {
        return corpus.best(similarity, weights, TOP);
    }

    static void assertScores(List<Double> expected, double factor, ScoreDoc[] found) {
        assertEquals(expected.size(), found.length);
        for (int rank = 0; rank < found.length; rank++) {
            double score = factor * expected.get(rank);
            assertEquals(score, found[rank].score, 1e-6 * score);
        }
    }
}
