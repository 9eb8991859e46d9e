package org.imagesynset.query.words;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.imagesynset.query.kinds.Cuts;
import org.imagesynset.query.kinds.Hierarchy;

/**
 * The model's classes and the WordNet concepts above them: the same facts as the sidecar's.
 *
 * @param concepts all that {@code concept_vector} may hold
 * @param conceptsAbove by the name of a class, the concepts above it
 * @param classesUnder by concept, how many classes are it or lie under it
 */
public record KnownSynsets(
        List<Concept> concepts,
        Map<String, Set<String>> conceptsAbove,
        Map<String, Integer> classesUnder)
        implements Hierarchy {
    private static final String FACTS = "synsets.json";

    /** A concept's key, the words for it, the commonest first, and the keys right above it. */
    record Concept(String key, List<String> lemmas, List<String> hypernyms) {}

    /** Masses below it are not kept, as in the sidecar. */
    private static final double LEAST_MASS = 0.001;

    /**
     * The probability under each concept, as far as a few classes account for it, largest first.
     *
     * @param scores probabilities by the names of classes
     */
    public Map<String, Double> conceptMasses(Map<String, Double> scores) {
        Map<String, Double> masses = new HashMap<>();
        scores.forEach(
                (name, score) ->
                        conceptsAbove
                                .getOrDefault(name, Set.of())
                                .forEach(concept -> masses.merge(concept, score, Double::sum)));
        Map<String, Double> sorted = new LinkedHashMap<>();
        masses.entrySet().stream()
                .filter(mass -> mass.getValue() >= LEAST_MASS)
                .sorted(
                        Map.Entry.<String, Double>comparingByValue()
                                .reversed()
                                .thenComparing(Map.Entry.comparingByKey()))
                .forEach(mass -> sorted.put(mass.getKey(), Math.min(mass.getValue(), 1)));
        return sorted;
    }

    public static KnownSynsets get() {
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final KnownSynsets INSTANCE = load();
    }

    @Override
    public Set<String> classes() {
        return conceptsAbove.keySet();
    }

    @Override
    public Set<String> above(String className) {
        return conceptsAbove.getOrDefault(className, Set.of());
    }

    @Override
    public double share(String concept) {
        Integer under = classesUnder.get(concept);
        if (under == null) {
            throw new IllegalArgumentException("expected a concept, found [" + concept + "]");
        }
        return (double) under / conceptsAbove.size();
    }

    /** The mass from which on a photo shows a concept; the highest there is for one not known. */
    public float cut(String concept) {
        return Cuts.ofConcept(classesUnder.containsKey(concept) ? share(concept) : 1);
    }

    @SuppressWarnings("unchecked")
    private static KnownSynsets load() {
        try (InputStream json = KnownSynsets.class.getResourceAsStream(FACTS);
                XContentParser parser =
                        JsonXContent.jsonXContent.createParser(
                                XContentParserConfiguration.EMPTY, json)) {
            Map<String, Object> facts = parser.map();
            List<Concept> concepts =
                    ((List<Map<String, Object>>) facts.get("concepts"))
                            .stream().map(KnownSynsets::concept).toList();
            Map<String, String> conceptOfClass = new LinkedHashMap<>();
            for (Map<String, Object> row : (List<Map<String, Object>>) facts.get("classes")) {
                conceptOfClass.put((String) row.get("name"), (String) row.get("concept"));
            }
            return of(concepts, conceptOfClass);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param conceptOfClass by the name of a class, in the order of the model's outputs, the key of
     *     the concept that it is
     */
    static KnownSynsets of(List<Concept> concepts, Map<String, String> conceptOfClass) {
        Map<String, List<String>> hypernyms = new HashMap<>();
        concepts.forEach(concept -> hypernyms.put(concept.key(), concept.hypernyms()));
        Map<String, Set<String>> above = new LinkedHashMap<>();
        Map<String, Integer> under = new HashMap<>();
        conceptOfClass.forEach(
                (name, key) -> {
                    Set<String> found = new TreeSet<>();
                    collect(key, hypernyms, found);
                    above.put(name, found);
                    found.forEach(concept -> under.merge(concept, 1, Integer::sum));
                });
        return new KnownSynsets(concepts, above, under);
    }

    @SuppressWarnings("unchecked")
    private static Concept concept(Map<String, Object> row) {
        return new Concept(
                (String) row.get("key"),
                (List<String>) row.get("lemmas"),
                (List<String>) row.get("hypernyms"));
    }

    private static void collect(
            String concept, Map<String, List<String>> hypernyms, Set<String> found) {
        if (found.add(concept)) {
            hypernyms.get(concept).forEach(wider -> collect(wider, hypernyms, found));
        }
    }
}
