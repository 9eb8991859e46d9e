package org.imagesynset.query;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TopFieldCollectorManager;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.imagesynset.query.kinds.Kinds;
import org.imagesynset.query.lucene.ImageSynsetQuery;
import org.imagesynset.query.lucene.Returning;
import org.imagesynset.query.scores.DocumentScores;
import org.imagesynset.query.words.KnownSynsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A query that knows how many hits are returned skips more, and finds the same. */
class ReturningTests {
    private static final List<String> NAMES = List.copyOf(KnownSynsets.get().classes());
    private static final int DOCUMENTS = 6000;
    private static final int PER_SEGMENT = 3500;
    private static final List<Integer> HITS = List.of(1, 10, 400);

    private final AtomicInteger read = new AtomicInteger();

    @ParameterizedTest
    @ValueSource(ints = {3, 30})
    void theBestOfSortedDocumentsAreFound(int synsets) throws IOException {
        Random random = new Random(synsets);
        List<String> names = NAMES.subList(0, synsets);
        try (Corpus corpus = Corpus.sorted(random, DOCUMENTS, names, PER_SEGMENT)) {
            compare(corpus, random, synsets);
        }
    }

    @Test
    void theBestOfUnsortedDocumentsAreFound() throws IOException {
        Random random = new Random(5);
        try (Corpus corpus = Corpus.random(random, DOCUMENTS, NAMES.subList(0, 30), PER_SEGMENT)) {
            compare(corpus, random, 30);
        }
    }

    /** Deleted documents are still in their blocks, and must not stand for a score. */
    @Test
    void deletedDocumentsDoNotCount() throws IOException {
        Random random = new Random(6);
        try (Corpus corpus = Corpus.sorted(random, DOCUMENTS, NAMES.subList(0, 30), PER_SEGMENT)) {
            corpus.delete(
                    IntStream.range(0, DOCUMENTS)
                            .filter(number -> random.nextInt(10) > 0)
                            .boxed()
                            .collect(Collectors.toSet()));
            compare(corpus, random, 30);
        }
    }

    private void compare(Corpus corpus, Random random, int synsets) throws IOException {
        for (int round = 0; round < 4; round++) {
            Map<String, Double> weights = new LinkedHashMap<>();
            for (int i = random.nextInt(Math.min(12, synsets)); i >= 0; i--) {
                weights.put(NAMES.get(random.nextInt(synsets)), random.nextDouble() - 0.2);
            }
            weights.put(NAMES.get(random.nextInt(synsets)), random.nextDouble(0.001, 1));
            for (Similarity similarity : List.of(Similarity.INNER_PRODUCT, Similarity.COSINE)) {
                compare(corpus, query(corpus, similarity, weights), similarity, weights);
            }
            Kinds kinds = Kinds.of(weights, KnownSynsets.get());
            compare(
                    corpus,
                    ExactScoringTests.kinds(corpus, kinds, 0),
                    Similarity.INNER_PRODUCT,
                    kinds.classes());
        }
    }

    private static void compare(
            Corpus corpus, Returning query, Similarity similarity, Map<String, Double> weights)
            throws IOException {
        List<Double> best = corpus.best(similarity, weights, DOCUMENTS);
        for (int hits : HITS) {
            List<Double> expected = best.subList(0, Math.min(hits, best.size()));
            ExactScoringTests.assertScores(expected, 1, top(corpus, query.returning(hits), hits));
            ExactScoringTests.assertScores(
                    expected, 1, sorted(corpus, query.returning(hits), hits));
        }
    }

    /** Without that number documents are read until the collector has found good ones. */
    @Test
    void fewerDocumentsAreRead() throws IOException {
        // The class with the most documents comes last.
        List<String> names = NAMES.stream().sorted(Comparator.reverseOrder()).toList();
        try (Corpus corpus = Corpus.sorted(new Random(4), 40_000, names, 40_000)) {
            Map<String, Double> weights =
                    Map.of(names.get(0), 0.7, names.get(1), 0.2, names.get(2), 0.1);
            ImageSynsetQuery query = query(corpus, Similarity.INNER_PRODUCT, weights);
            for (int hits : List.of(1, 10)) {
                // the largest values of blocks are read once
                top(corpus, query, hits);
                read.set(0);
                top(corpus, query, hits);
                int before = read.getAndSet(0);
                top(corpus, query.returning(hits), hits);
                assertTrue(read.get() < before / 2, read + " read, before " + before);
            }
        }
    }

    private ImageSynsetQuery query(
            Corpus corpus, Similarity similarity, Map<String, Double> weights) {
        DocumentScores values = corpus.scores(similarity);
        return ExactScoringTests.query(
                corpus,
                similarity,
                weights,
                leaf -> name -> ExactScoringTests.counted(values.leaf(leaf).of(name), read),
                "scores");
    }

    private static ScoreDoc[] top(Corpus corpus, Query query, int hits) throws IOException {
        return corpus.searcher.search(query, new TopScoreDocCollectorManager(hits, null, 1))
                .scoreDocs;
    }

    private static ScoreDoc[] sorted(Corpus corpus, Query query, int hits) throws IOException {
        Sort sort = new Sort(SortField.FIELD_SCORE, new SortField("number", SortField.Type.LONG));
        ScoreDoc[] found =
                corpus.searcher.search(query, new TopFieldCollectorManager(sort, hits, null, 1))
                        .scoreDocs;
        for (ScoreDoc hit : found) {
            hit.score = (float) ((FieldDoc) hit).fields[0];
        }
        return found;
    }
}
