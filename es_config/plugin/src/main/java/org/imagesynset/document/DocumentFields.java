package org.imagesynset.document;

import static org.elasticsearch.common.xcontent.support.XContentMapValues.extractValue;
import static org.imagesynset.document.FieldNames.CONCEPTS;
import static org.imagesynset.document.FieldNames.CONCEPT_VECTOR;
import static org.imagesynset.document.FieldNames.FEATURES;
import static org.imagesynset.document.FieldNames.IMAGE_ANALYSIS;
import static org.imagesynset.document.FieldNames.NAMES;
import static org.imagesynset.document.FieldNames.NORM;
import static org.imagesynset.document.FieldNames.SCORES;
import static org.imagesynset.document.FieldNames.SYNSETS;
import static org.imagesynset.document.FieldNames.THUMBNAIL;
import static org.imagesynset.document.FieldNames.TOP_SCORE;
import static org.imagesynset.document.FieldNames.TOP_SYNSET;
import static org.imagesynset.document.FieldNames.UNIT_VECTOR;
import static org.imagesynset.document.FieldNames.VECTOR;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.elasticsearch.ingest.IngestDocument;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.Analysis.ImageFacts;
import org.imagesynset.analysis.Analysis.Synset;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.query.words.KnownSynsets;

/** The fields the processor writes. Each outcome replaces whatever a former run wrote. */
public final class DocumentFields {
    /** Shows whether an analysis is consistent, and is written again as it is. */
    private static final List<String> KEPT =
            List.of(
                    SYNSETS,
                    NAMES,
                    TOP_SYNSET,
                    TOP_SCORE,
                    CONCEPT_VECTOR,
                    CONCEPTS,
                    IMAGE_ANALYSIS);

    /**
     * Of the fields written here, what they mean and how they are computed; raised by a change that
     * documents of before don't have. They count as stale then, and are analyzed again.
     */
    public static final int SCHEMA_VERSION = 1;

    static final String SCHEMA = "schema_version";

    /** Where a value goes that can't stay in the image's field; the mapping doesn't look at it. */
    private static final String REJECTED = "rejected";

    private final FieldNames names;

    public DocumentFields(FieldNames names) {
        this.names = names;
    }

    /** Writes what the model saw; status {@code ok}. */
    public void writeAnalysis(IngestDocument document, Analysis analysis, AnalyzeOptions options) {
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
        set(document, SYNSETS, synsets);
        set(document, NAMES, new ArrayList<>(scores.keySet()));
        writeVectors(document, scores);
        // An index with other classes than ImageNet's has no fields for each of them.
        if (names.packed()
                || analysis.model().vocabulary().equals(Analysis.Model.IMAGENET) == false) {
            set(document, SCORES, PackedScore.of(scores));
        }
        if (analysis.synsets().isEmpty() == false) {
            Synset top = analysis.synsets().getFirst();
            set(document, TOP_SYNSET, top.name());
            set(document, TOP_SCORE, top.score());
        }
        writeConcepts(document, analysis.concepts());
        set(document, CONCEPTS, facets(analysis.concepts()));
        if (analysis.thumbnail() != null) {
            set(document, THUMBNAIL, analysis.thumbnail());
        }
        // Elasticsearch refuses a vector without a direction where similarity is the cosine.
        if (analysis.features() != null
                && analysis.features().stream().anyMatch(feature -> feature != 0)) {
            set(document, FEATURES, analysis.features());
        }

        Map<String, Object> outcome = outcome("ok", options.topK());
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("name", analysis.model().name());
        model.put("version", analysis.model().version());
        model.put("weights_sha256", analysis.model().weightsSha256());
        if (analysis.model().vocabulary().equals(Analysis.Model.IMAGENET) == false) {
            model.put("vocabulary", analysis.model().vocabulary());
        }
        outcome.put("model", model);
        outcome.put("image", imageFacts(analysis.image()));
        if (analysis.features() != null) {
            // Elasticsearch leaves vectors out of _source, so this says that they are there.
            outcome.put(FEATURES, analysis.features().size());
        }
        if (options.wantsThumbnail()) {
            outcome.put(THUMBNAIL, options.thumbnail());
        }
        // So that they are never taken for the client's, nor the client's for ours.
        outcome.put(
                FieldOwnership.FIELDS,
                FieldNames.written(options).stream()
                        .filter(name -> value(document, name) != null)
                        .toList());
        set(document, IMAGE_ANALYSIS, outcome);
    }

    /** The analysis in a document's source; an empty one where there is none. */
    public ExistingAnalysis existing(Map<String, Object> source) {
        return new ExistingAnalysis(
                extractValue(names.path(IMAGE_ANALYSIS), source) instanceof Map<?, ?> analysis
                        ? analysis
                        : Map.of());
    }

    /** Whether a document's source has all that {@link #rewrite} needs. */
    public boolean isComplete(Map<String, Object> source) {
        return scores(source).isEmpty() == false
                && KEPT.stream().allMatch(name -> has(source, name))
                && hasItsThumbnail(source);
    }

    /**
     * Whether the parts of an analysis fit together, vectors left aside, which Elasticsearch may
     * have left out, and nothing that was asked for is missing, which a reader may not have seen.
     */
    public boolean isConsistent(Map<String, Object> source) {
        return scores(source).isEmpty() == false
                && Stream.of(TOP_SYNSET, TOP_SCORE, CONCEPTS).allMatch(name -> has(source, name))
                && hasItsThumbnail(source);
    }

    /** Whether none is missing that was asked for, as for a reader who may not see the field. */
    private boolean hasItsThumbnail(Map<String, Object> source) {
        return has(source, THUMBNAIL)
                || existing(source).analysis().containsKey(THUMBNAIL) == false;
    }

    private boolean has(Map<String, Object> source, String name) {
        return extractValue(names.path(name), source) != null;
    }

    /** Those vectors that are missing and can't be made of the scores. */
    public List<String> lackedVectors(Map<String, Object> source) {
        return Stream.of(CONCEPT_VECTOR, FEATURES)
                .filter(name -> has(source, name) == false)
                .filter(name -> name.equals(CONCEPT_VECTOR) || existing(source).hasFeatures())
                .toList();
    }

    /**
     * Takes missing vectors from a document that has the same analysis: those of synsets by their
     * scores, the others as they are there. Where that is another analysis, or nothing, concepts
     * get what the synsets add up to.
     */
    public void restoreVectors(IngestDocument document, Map<String, Object> stored) {
        Map<String, Object> source = document.getSource();
        Map<String, Double> scores = scores(source);
        if (scores.isEmpty()) {
            return;
        }
        if (Stream.of(NORM, VECTOR, UNIT_VECTOR).allMatch(name -> has(source, name)) == false) {
            writeVectors(document, scores);
        }
        boolean same = existing(source).isSameAs(existing(stored));
        for (String name : lackedVectors(source)) {
            Object vector = same ? extractValue(names.path(name), stored) : null;
            if (vector != null) {
                set(document, name, vector);
            } else if (name.equals(CONCEPT_VECTOR)) {
                writeConcepts(document, KnownSynsets.get().conceptMasses(scores));
            }
        }
    }

    /** The fields that {@link #restoreVectors} takes from the stored document. */
    public String[] restored() {
        return Stream.of(CONCEPT_VECTOR, FEATURES, IMAGE_ANALYSIS)
                .map(names::path)
                .toArray(String[]::new);
    }

    /**
     * Makes objects of names with dots where the analysis is written so, as in a flat export. A
     * client's own names stay as they are.
     */
    public void expandDots(Map<String, Object> source) {
        if (DottedNames.dottedValue(source, names.path(IMAGE_ANALYSIS) + ".status")
                        instanceof String status
                && FieldOwnership.STATUSES.contains(status)) {
            DottedNames.expand(source, FieldNames.ALL.stream().map(names::path).toList());
        }
    }

    /**
     * Writes what a document has already, all but its vectors of synsets: those come back rounded,
     * so they are computed again from the scores. Concepts are rounded too, but rounded again they
     * stay the same.
     */
    public void rewrite(IngestDocument document, Map<String, Object> source) {
        clear(document);
        List<String> copied = new ArrayList<>(KEPT);
        if (existing(source).analysis().containsKey(THUMBNAIL)) {
            copied.add(THUMBNAIL);
        }
        if (extractValue(names.path(SCORES), source) != null) {
            copied.add(SCORES);
        }
        copied.forEach(name -> set(document, name, extractValue(names.path(name), source)));
        writeVectors(document, scores(source));
    }

    /** Empty unless each of the synsets' names has its score and there are no others. */
    private Map<String, Double> scores(Map<String, Object> source) {
        Map<String, Double> scores = new LinkedHashMap<>();
        if (extractValue(names.path(SYNSETS), source) instanceof Map<?, ?> synsets
                && extractValue(names.path(NAMES), source) instanceof List<?> listed
                && Set.copyOf(listed).equals(synsets.keySet())) {
            for (Object name : listed) {
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
    public String[] rewritten() {
        return Stream.concat(KEPT.stream(), Stream.of(SCORES, THUMBNAIL))
                .map(names::path)
                .toArray(String[]::new);
    }

    /**
     * Writes why there are no synsets; status {@code failed} or {@code pending}.
     *
     * @param rejected what can't stay in the image's field, or null
     */
    public void writeError(
            IngestDocument document,
            AnalysisException error,
            String reason,
            int topK,
            Object rejected) {
        clear(document);
        Map<String, Object> outcome = outcome(error.fault().documentStatus(), topK);
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("type", error.type());
        entry.put(
                "reason", rejected == null ? reason : reason + "; it is kept in " + rejectedPath());
        outcome.put("error", entry);
        if (rejected != null) {
            outcome.put(REJECTED, rejected);
        }
        set(document, IMAGE_ANALYSIS, outcome);
    }

    private String rejectedPath() {
        return "[" + names.path(IMAGE_ANALYSIS) + "." + REJECTED + "]";
    }

    /** Whether the outcome can be written without harm to the client's data. */
    public boolean canRecord(IngestDocument document) {
        return new FieldOwnership(names, document).canRecord();
    }

    /** Removes whatever a former run wrote. */
    public void clear(IngestDocument document) {
        for (String name : new FieldOwnership(names, document).ours()) {
            document.removeField(names.path(name), true);
        }
    }

    private Object value(IngestDocument document, String name) {
        return document.getFieldValue(names.path(name), Object.class, true);
    }

    private void set(IngestDocument document, String name, Object value) {
        document.setFieldValue(names.path(name), value);
    }

    private void writeConcepts(IngestDocument document, Map<String, Double> masses) {
        set(document, CONCEPT_VECTOR, vector(masses, 1));
    }

    private void writeVectors(IngestDocument document, Map<String, Double> scores) {
        double norm = Math.sqrt(scores.values().stream().mapToDouble(score -> score * score).sum());
        set(document, NORM, norm);
        set(document, VECTOR, vector(scores, 1));
        // Scores of nothing but zeros have no direction.
        set(document, UNIT_VECTOR, norm == 0 ? new HashMap<>() : vector(scores, norm));
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

    /** What the photo shows: by the same cuts a search for words leaves out weak matches. */
    private static List<String> facets(Map<String, Double> concepts) {
        Comparator<Map.Entry<String, Double>> byMass =
                Map.Entry.<String, Double>comparingByValue().reversed();
        List<String> names = new ArrayList<>();
        concepts.entrySet().stream()
                .filter(
                        concept ->
                                concept.getValue().floatValue()
                                        >= KnownSynsets.get().cut(concept.getKey()))
                .sorted(byMass.thenComparing(Map.Entry.comparingByKey()))
                .forEach(concept -> names.add(concept.getKey()));
        return names;
    }

    private static Map<String, Object> outcome(String status, int topK) {
        Map<String, Object> outcome = new LinkedHashMap<>();
        outcome.put("status", status);
        outcome.put(SCHEMA, SCHEMA_VERSION);
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
}
