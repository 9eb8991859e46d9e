package org.imagesynset.query;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.FeatureField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedNumericDocValuesField;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.imagesynset.query.lucene.Weights;
import org.imagesynset.query.scores.DocumentScores;
import org.imagesynset.query.scores.LeafValues;
import org.imagesynset.query.scores.PackedScores;

/** Documents in memory, as the mappings index them, and the same as plain Java. */
final class Corpus implements Closeable {
    final List<Map<String, Float>> documents;
    final Set<Integer> deleted = new HashSet<>();
    IndexSearcher searcher;
    private final double[] lengths;
    private final Directory directory = new ByteBuffersDirectory();

    Corpus(List<Map<String, Float>> documents) throws IOException {
        this(documents, 1000);
    }

    private Corpus(List<Map<String, Float>> documents, int perSegment) throws IOException {
        this.documents = documents;
        this.lengths = documents.stream().mapToDouble(Corpus::length).toArray();
        try (IndexWriter writer = new IndexWriter(directory, keepingSegments())) {
            for (int number = 0; number < documents.size(); number++) {
                Document document = new Document();
                // As a client may have indexed it: without the list of names.
                boolean named = number % 7 != 0;
                double norm = lengths[number];
                documents
                        .get(number)
                        .forEach(
                                (name, score) -> {
                                    add(document, Similarity.INNER_PRODUCT, name, score);
                                    add(document, Similarity.COSINE, name, (float) (score / norm));
                                    if (named) {
                                        document.add(
                                                new SortedSetDocValuesField(
                                                        "names", new BytesRef(name)));
                                    }
                                    document.add(packed(name, score));
                                });
                document.add(new NumericDocValuesField("number", number));
                writer.addDocument(document);
                if (number % perSegment == perSegment - 1) {
                    writer.flush();
                }
            }
        }
        searcher = new IndexSearcher(DirectoryReader.open(directory));
    }

    /** As an update or a deletion leaves them: still in their segment, and no longer found. */
    void delete(Set<Integer> numbers) throws IOException {
        try (IndexWriter writer = new IndexWriter(directory, keepingSegments())) {
            writer.deleteDocuments(
                    NumericDocValuesField.newSlowSetQuery(
                            "number", numbers.stream().mapToLong(Integer::longValue).toArray()));
        }
        deleted.addAll(numbers);
        searcher.getIndexReader().close();
        searcher = new IndexSearcher(DirectoryReader.open(directory));
    }

    private static IndexWriterConfig keepingSegments() {
        return new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE);
    }

    private static SortedNumericDocValuesField packed(String name, float score) {
        long value = (long) name.hashCode() << 32 | Float.floatToIntBits(score);
        return new SortedNumericDocValuesField("synset_scores", value);
    }

    private static void add(Document document, Similarity similarity, String name, float value) {
        if (value >= Float.MIN_NORMAL) {
            document.add(new FeatureField(similarity.vectorField, name, value));
        }
    }

    /** Documents of 1 to 10 synsets, names as Zipf has it, scores that sum to about 1. */
    static Corpus random(Random random, int size, List<String> names) throws IOException {
        return random(random, size, names, 1000);
    }

    static Corpus random(Random random, int size, List<String> names, int perSegment)
            throws IOException {
        return new Corpus(documents(random, size, names), perSegment);
    }

    /** The same in the order of an index of the shipped template. */
    static Corpus sorted(Random random, int size, List<String> names, int perSegment)
            throws IOException {
        List<Map<String, Float>> documents = documents(random, size, names);
        documents.sort(
                Comparator.comparing((Map<String, Float> document) -> top(document).getKey())
                        .thenComparing(document -> -top(document).getValue()));
        return new Corpus(documents, perSegment);
    }

    private static Map.Entry<String, Float> top(Map<String, Float> document) {
        return document.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
    }

    private static List<Map<String, Float>> documents(Random random, int size, List<String> names) {
        List<Map<String, Float>> documents = new ArrayList<>();
        while (documents.size() < size) {
            if (documents.size() > 2 && random.nextInt(20) == 0) {
                documents.add(documents.get(random.nextInt(documents.size())));
                continue;
            }
            Map<String, Float> document = new LinkedHashMap<>();
            double left = 1;
            for (int i = random.nextInt(10); i >= 0; i--) {
                int rank = (int) (names.size() * Math.pow(random.nextDouble(), 3));
                double score = left * random.nextDouble();
                left -= score;
                if (score > 0) {
                    document.put(names.get(rank), (float) score);
                }
            }
            documents.add(document);
        }
        return documents;
    }

    /** The scores of the best by definition, of those that share a synset of positive weight. */
    List<Double> best(Similarity similarity, Map<String, Double> weights, int count) {
        return IntStream.range(0, documents.size())
                .filter(number -> deleted.contains(number) == false)
                .filter(number -> shares(documents.get(number), weights))
                .mapToDouble(scoring(similarity, weights))
                .boxed()
                .sorted(Comparator.reverseOrder())
                .limit(count)
                .toList();
    }

    private static boolean shares(Map<String, Float> document, Map<String, Double> weights) {
        for (String name : document.keySet()) {
            if (weights.getOrDefault(name, 0.0) > 0) {
                return true;
            }
        }
        return false;
    }

    /** The score by definition, of documents by their numbers. */
    IntToDoubleFunction scoring(Similarity similarity, Map<String, Double> weights) {
        boolean cosine = similarity == Similarity.COSINE;
        double length = cosine ? Weights.length(weights) : 1;
        return number -> {
            double product = 0;
            for (Map.Entry<String, Float> score : documents.get(number).entrySet()) {
                product += weights.getOrDefault(score.getKey(), 0.0) * score.getValue();
            }
            return Math.max(0, cosine ? product / (length * lengths[number]) : product);
        };
    }

    /** In place of the stored script. */
    LeafValues script(Similarity similarity, Map<String, Double> weights) {
        IntToDoubleFunction score = scoring(similarity, weights);
        return leaf -> {
            NumericDocValues numbers = leaf.reader().getNumericDocValues("number");
            return new DoubleValues() {
                @Override
                public boolean advanceExact(int doc) throws IOException {
                    // Lucene's own iterators only go forward, and so may scorers.
                    return numbers.advanceExact(doc);
                }

                @Override
                public double doubleValue() throws IOException {
                    return score.applyAsDouble((int) numbers.longValue());
                }
            };
        };
    }

    /** Doc values of an index that packs the scores. */
    static DocumentScores packedScores() {
        return leaf -> new PackedScores(leaf, "synset_scores");
    }

    /** In place of doc values. */
    DocumentScores scores(Similarity similarity) {
        return leaf -> name -> scores(similarity, name, leaf);
    }

    private DoubleValues scores(Similarity similarity, String name, LeafReaderContext leaf)
            throws IOException {
        NumericDocValues numbers = leaf.reader().getNumericDocValues("number");
        return new DoubleValues() {
            @Override
            public boolean advanceExact(int doc) throws IOException {
                return numbers.advanceExact(doc)
                        && documents.get((int) numbers.longValue()).containsKey(name);
            }

            @Override
            public double doubleValue() throws IOException {
                int number = (int) numbers.longValue();
                double length = similarity == Similarity.COSINE ? lengths[number] : 1;
                return documents.get(number).get(name) / length;
            }
        };
    }

    private static double length(Map<String, Float> document) {
        double sum = 0;
        for (float score : document.values()) {
            sum += (double) score * score;
        }
        return Math.sqrt(sum);
    }

    @Override
    public void close() throws IOException {
        searcher.getIndexReader().close();
        directory.close();
    }
}
