package org.imagesynset.query.words;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The classes of one kind of models, the concepts above them, and the words that people have for
 * both.
 *
 * @param name as an index and an answer of the sidecar name it
 * @param synsets its classes and concepts
 * @param matcher finds its concepts by words
 */
public record Vocabulary(String name, KnownSynsets synsets, WordMatcher matcher) {
    /** The one that every node has, and that holds where nothing else is said. */
    public static final String IMAGENET = "imagenet";

    private Vocabulary(String name, KnownSynsets synsets) {
        this(name, synsets, new WordMatcher(synsets.concepts(), null));
    }

    public static Vocabulary imagenet() {
        return Holder.IMAGENET;
    }

    private static final class Holder {
        static final Vocabulary IMAGENET =
                new Vocabulary(Vocabulary.IMAGENET, KnownSynsets.get(), WordMatcher.get());
    }

    /** The same with people's own words. */
    public Vocabulary with(OwnWords words) {
        return new Vocabulary(name, synsets, matcher.with(words));
    }

    /**
     * Reads what a sidecar answers to {@code GET /v1/vocabulary}.
     *
     * @throws IllegalArgumentException where it is not as docs/http-api.md has it
     */
    public static Vocabulary read(Map<String, Object> json) {
        try {
            Map<String, Set<String>> words = new LinkedHashMap<>();
            Map<String, List<String>> parents = new HashMap<>();
            for (Object row : (List<?>) json.get("concepts")) {
                Map<?, ?> concept = (Map<?, ?>) row;
                String name = Objects.requireNonNull((String) concept.get("name"));
                words.put(name, new LinkedHashSet<>(texts(concept, "words")));
                parents.put(name, texts(concept, "parents"));
            }
            Map<String, String> conceptOfClass = new LinkedHashMap<>();
            for (Object row : (List<?>) json.get("classes")) {
                Map<?, ?> one = (Map<?, ?>) row;
                String concept = (String) one.get("concept");
                conceptOfClass.put(Objects.requireNonNull((String) one.get("name")), concept);
                words.get(concept).addAll(texts(one, "words"));
                if (one.get("label") instanceof String label) {
                    words.get(concept).add(label);
                }
            }
            List<KnownSynsets.Concept> concepts = new ArrayList<>();
            words.forEach(
                    (name, found) ->
                            concepts.add(
                                    new KnownSynsets.Concept(
                                            name,
                                            found.isEmpty() ? List.of(name) : List.copyOf(found),
                                            parents.get(name))));
            return new Vocabulary(
                    (String) json.get("name"), KnownSynsets.of(concepts, conceptOfClass));
        } catch (ClassCastException | NullPointerException e) {
            throw new IllegalArgumentException(
                    "expected a vocabulary as GET /v1/vocabulary has it, found another shape", e);
        }
    }

    private static List<String> texts(Map<?, ?> row, String name) {
        List<String> texts = new ArrayList<>();
        if (row.get(name) instanceof List<?> given) {
            given.forEach(text -> texts.add(Objects.requireNonNull((String) text)));
        }
        return texts;
    }
}
