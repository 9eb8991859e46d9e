package org.imagesynset.ingest;

import static org.elasticsearch.common.xcontent.support.XContentMapValues.extractValue;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.ingest.IngestDocument;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.Analysis.ImageFacts;
import org.imagesynset.analysis.Analysis.Synset;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;

/** The fields the processor writes. Each outcome replaces whatever a former run wrote. */
final class DocumentFields {
    /** Less is worth finding by words, but would make a facet of everything. */
    private static final double LEAST_FACET_MASS = 0.01;

    private static final String TOP_SYNSET = "top_synset";
    private static final String TOP_SCORE = "top_score";
    private static final String CONCEPT_VECTOR = "concept_vector";
    private static final String CONCEPTS = "concepts";
    static final String THUMBNAIL = "thumbnail";
    static final String FEATURES = "features";
    static final String IMAGE_ANALYSIS = "image_analysis";

    private final String target;
    private final boolean features;

    /**
     * A client may have [features] of its own, so the field is taken only where it is asked for.
     */
    DocumentFields(String targetField, boolean features) {
        target = targetField;
        this.features = features;
    }

    /** Why the field can't be used with those that are written, or null when it can. */
    static String clash(String field, String targetField, boolean features) {
        List<String> written = new DocumentFields(targetField, features).names();
        if (new HashSet<>(written).size() < written.size()) {
            return "expected names other than the fixed ones in " + written;
        }
        for (String name : written) {
            if (field.equals(name) || isInside(field, name) || isInside(name, field)) {
                return "expected [field] apart from the fields written "
                        + written
                        + ", found ["
                        + field
                        + "]";
            }
        }
        return null;
    }

    /** Writes what the model saw; status {@code ok}. */
    void writeAnalysis(IngestDocument document, Analysis analysis, AnalyzeOptions options) {
        clear(document);
        Map<String, Object> synsets = new LinkedHashMap<>();
        Map<String, Double> scores = new LinkedHashMap<>();
        for (Synset synset : analysis.synsets()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("wind", synset.wind());
            entry.put("words", synset.words());
            entry.put("score", synset.score());
            synsets.put(synset.name(), entry);
            scores.put(synset.name(), synset.score());
        }
        document.setFieldValue(target, synsets);
        document.setFieldValue(target + "_names", new ArrayList<>(scores.keySet()));
        writeVectors(document, scores);
        if (analysis.synsets().isEmpty() == false) {
            Synset top = analysis.synsets().getFirst();
            document.setFieldValue(TOP_SYNSET, top.name());
            document.setFieldValue(TOP_SCORE, top.score());
        }
        document.setFieldValue(CONCEPT_VECTOR, vector(analysis.concepts(), 1));
        document.setFieldValue(CONCEPTS, facets(analysis.concepts()));
        if (analysis.thumbnail() != null) {
            document.setFieldValue(THUMBNAIL, analysis.thumbnail());
        }
        // Elasticsearch refuses a vector without a direction where similarity is the cosine.
        if (analysis.features() != null
                && analysis.features().stream().anyMatch(feature -> feature != 0)) {
            document.setFieldValue(FEATURES, analysis.features());
        }

        Map<String, Object> outcome = outcome("ok", options.topK());
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("name", analysis.model().name());
        model.put("version", analysis.model().version());
        model.put("weights_sha256", analysis.model().weightsSha256());
        outcome.put("model", model);
        outcome.put("image", imageFacts(analysis.image()));
        if (analysis.features() != null) {
            // Elasticsearch leaves vectors out of _source, so this tells that they are there.
            outcome.put(FEATURES, analysis.features().size());
        }
        if (options.wantsThumbnail()) {
            outcome.put(THUMBNAIL, options.thumbnail());
        }
        document.setFieldValue(IMAGE_ANALYSIS, outcome);
    }

    /** Whether a document's source has all that {@link #rewrite} needs. */
    boolean isComplete(Map<String, Object> source) {
        return scores(source).isEmpty() == false
                && kept().stream().allMatch(name -> extractValue(name, source) != null);
    }

    /**
     * Writes what a document has already, all but its vectors of synsets: those come back rounded,
     * so they are made anew of the scores. Concepts are rounded too, but rounded again they stay
     * the same.
     */
    void rewrite(IngestDocument document, Map<String, Object> source) {
        clear(document);
        for (String name : rewritten()) {
            Object value = extractValue(name, source);
            if (value != null) {
                document.setFieldValue(name, value);
            }
        }
        writeVectors(document, scores(source));
    }

    /** Empty unless each of the synsets' names has its score and there are no others. */
    private Map<String, Double> scores(Map<String, Object> source) {
        Map<String, Double> scores = new LinkedHashMap<>();
        if (extractValue(target, source) instanceof Map<?, ?> synsets
                && extractValue(target + "_names", source) instanceof List<?> names
                && Set.copyOf(names).equals(synsets.keySet())) {
            for (Object name : names) {
                if (synsets.get(name) instanceof Map<?, ?> synset
                        && synset.get("score") instanceof Number score) {
                    scores.put((String) name, score.doubleValue());
                } else {
                    return Map.of();
                }
            }
        }
        return scores;
    }

    /** The fields that {@link #rewrite} takes from the source. */
    String[] rewritten() {
        List<String> names = new ArrayList<>(kept());
        names.add(THUMBNAIL);
        return names.toArray(String[]::new);
    }

    private List<String> kept() {
        return List.of(
                target,
                target + "_names",
                TOP_SYNSET,
                TOP_SCORE,
                CONCEPT_VECTOR,
                CONCEPTS,
                IMAGE_ANALYSIS);
    }

    /** Writes why there are no synsets; status {@code failed} or {@code pending}. */
    void writeError(IngestDocument document, AnalysisException error, String reason, int topK) {
        clear(document);
        Map<String, Object> outcome = outcome(error.fault().documentStatus(), topK);
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("type", error.type());
        entry.put("reason", reason);
        outcome.put("error", entry);
        document.setFieldValue(IMAGE_ANALYSIS, outcome);
    }

    private List<String> names() {
        List<String> names =
                new ArrayList<>(
                        List.of(
                                target,
                                target + "_names",
                                target + "_vector",
                                target + "_unit_vector",
                                target + "_norm",
                                TOP_SYNSET,
                                TOP_SCORE,
                                CONCEPT_VECTOR,
                                CONCEPTS,
                                THUMBNAIL,
                                IMAGE_ANALYSIS));
        if (features) {
            names.add(FEATURES);
        }
        return names;
    }

    private void clear(IngestDocument document) {
        for (String name : names()) {
            document.removeField(name, true);
        }
    }

    private void writeVectors(IngestDocument document, Map<String, Double> scores) {
        double norm = Math.sqrt(scores.values().stream().mapToDouble(score -> score * score).sum());
        document.setFieldValue(target + "_norm", norm);
        document.setFieldValue(target + "_vector", vector(scores, 1));
        // Scores of nothing but zeros have no direction.
        document.setFieldValue(
                target + "_unit_vector", norm == 0 ? new HashMap<>() : vector(scores, norm));
    }

    /** Elasticsearch refuses a document whose sparse vector holds a zero or a subnormal float. */
    private static Map<String, Object> vector(Map<String, Double> scores, double length) {
        Map<String, Object> vector = new LinkedHashMap<>();
        scores.forEach(
                (name, score) -> {
                    double weight = score / length;
                    if ((float) weight >= Float.MIN_NORMAL) {
                        vector.put(name, weight);
                    }
                });
        return vector;
    }

    private static List<String> facets(Map<String, Double> concepts) {
        Comparator<Map.Entry<String, Double>> byMass =
                Map.Entry.<String, Double>comparingByValue().reversed();
        List<String> names = new ArrayList<>();
        concepts.entrySet().stream()
                .filter(concept -> concept.getValue() >= LEAST_FACET_MASS)
                .sorted(byMass.thenComparing(Map.Entry.comparingByKey()))
                .forEach(concept -> names.add(concept.getKey()));
        return names;
    }

    private static Map<String, Object> outcome(String status, int topK) {
        Map<String, Object> outcome = new LinkedHashMap<>();
        outcome.put("status", status);
        outcome.put("top_k", topK);
        outcome.put("analyzed_at", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
        return outcome;
    }

    private static Map<String, Object> imageFacts(ImageFacts image) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("sha256", image.sha256());
        facts.put("format", image.format());
        facts.put("width", image.width());
        facts.put("height", image.height());
        facts.put("bytes", image.bytes());
        return facts;
    }

    private static boolean isInside(String inner, String outer) {
        return inner.startsWith(outer + ".");
    }
}
