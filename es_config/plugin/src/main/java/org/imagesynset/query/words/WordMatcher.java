package org.imagesynset.query.words;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.imagesynset.query.words.KnownSynsets.Concept;

/**
 * Users' words to concepts. Case, accents, apostrophes and what stands between words don't matter,
 * plurals are taken for their singular, and of several words the longest name wins.
 *
 * <p>A word means the concepts that it is the first word for, all of them where there are several;
 * only a word that is nowhere the first means those that it stands for as well.
 */
public final class WordMatcher {
    private static final Pattern UNSEEN = Pattern.compile("[\\p{M}'’.]");
    private static final Pattern BETWEEN = Pattern.compile("[^\\p{L}\\p{N}]+");

    private final Map<String, Set<String>> firsts = new HashMap<>();
    private final Map<String, Set<String>> others = new HashMap<>();
    private final Set<String> vocabulary = new LinkedHashSet<>();
    private int longest;

    WordMatcher(List<Concept> concepts) {
        for (Concept concept : concepts) {
            add(firsts, concept.key(), concept);
            add(firsts, concept.lemmas().getFirst(), concept);
            concept.lemmas().forEach(lemma -> add(others, lemma, concept));
        }
    }

    /** That of ImageNet's vocabulary. */
    public static WordMatcher get() {
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final WordMatcher INSTANCE = new WordMatcher(KnownSynsets.get().concepts());
    }

    private void add(Map<String, Set<String>> names, String name, Concept concept) {
        List<String> words = split(name);
        longest = Math.max(longest, words.size());
        names.computeIfAbsent(String.join(" ", words), key -> new LinkedHashSet<>())
                .add(concept.key());
        vocabulary.add(name.replace('_', ' '));
    }

    /**
     * @param texts each a word or several
     * @return weights by concept, every one 1
     * @throws IllegalArgumentException naming the words that nothing is known of, or if there are
     *     none at all
     */
    public Map<String, Double> concepts(List<String> texts) {
        Map<String, Double> concepts = new LinkedHashMap<>();
        List<String> unknown = new ArrayList<>();
        for (String text : texts) {
            match(split(text), concepts, unknown);
        }
        if (unknown.isEmpty() == false) {
            throw new UnknownWords(
                    unknown.size(),
                    "expected [words] that the model or WordNet above it has a name for, found "
                            + new Suggestions(vocabulary).of(unknown));
        }
        if (concepts.isEmpty()) {
            throw new IllegalArgumentException(
                    "expected [words] to have at least one word, found none");
        }
        return concepts;
    }

    /** Words that nothing is known of. */
    public static final class UnknownWords extends IllegalArgumentException {
        private final int count;

        UnknownWords(int count, String message) {
            super(message);
            this.count = count;
        }

        /** How many words. */
        public int count() {
            return count;
        }
    }

    private void match(List<String> words, Map<String, Double> concepts, List<String> unknown) {
        int start = 0;
        while (start < words.size()) {
            int end = Math.min(words.size(), start + longest);
            Set<String> found = Set.of();
            while (end > start && (found = named(words.subList(start, end))).isEmpty()) {
                end--;
            }
            if (found.isEmpty()) {
                unknown.add(words.get(start));
                end = start + 1;
            }
            found.forEach(key -> concepts.put(key, 1.0));
            start = end;
        }
    }

    /** Empty if nothing has this name. */
    private Set<String> named(List<String> words) {
        List<String> readings = new ArrayList<>();
        String head = String.join(" ", words.subList(0, words.size() - 1));
        for (String last : Plurals.readings(words.getLast())) {
            readings.add(head.isEmpty() ? last : head + " " + last);
        }
        // A name as it is written, first word or not, comes before any plural of another.
        for (String reading : readings) {
            for (Map<String, Set<String>> names : List.of(firsts, others)) {
                if (names.containsKey(reading)) {
                    return names.get(reading);
                }
            }
        }
        return Set.of();
    }

    private static List<String> split(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKD).toLowerCase(Locale.ROOT);
        return BETWEEN.splitAsStream(UNSEEN.matcher(plain).replaceAll(""))
                .filter(word -> word.isEmpty() == false)
                .toList();
    }
}
