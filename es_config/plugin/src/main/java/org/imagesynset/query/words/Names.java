package org.imagesynset.query.words;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.imagesynset.query.words.KnownSynsets.Concept;

/**
 * What single names of a vocabulary lead to, as they are written: people's own words first, then
 * the table of everyday words, then the names of its concepts.
 *
 * <p>A name means the concepts that it is the first word for, all of them where there are several;
 * only one that is nowhere the first means those that it stands for as well.
 */
final class Names {
    private final Map<String, Set<String>> firsts = new HashMap<>();
    private final Map<String, Set<String>> others = new HashMap<>();

    /** Names of concepts and usual words, by their plain form as people read them: to complete. */
    private final NavigableMap<String, String> complete = new TreeMap<>();

    /** As people read them: for suggestions. */
    private final Set<String> shown = new LinkedHashSet<>();

    private final Spelling spelling = new Spelling();
    private final EverydayWords everyday;
    private int longest = 1;

    /**
     * @param everyday null where the vocabulary has no table of words
     */
    Names(List<Concept> concepts, EverydayWords everyday) {
        this.everyday = everyday;
        for (Concept concept : concepts) {
            add(firsts, concept.key(), concept);
            add(firsts, concept.lemmas().getFirst(), concept);
            concept.lemmas().forEach(lemma -> add(others, lemma, concept));
        }
        if (everyday != null) {
            everyday.usual(
                    (word, reading) -> {
                        learn(word);
                        complete.put(word, word);
                    });
        }
    }

    private void add(Map<String, Set<String>> names, String name, Concept concept) {
        String plain = PlainText.plain(name);
        names.computeIfAbsent(plain, key -> new LinkedHashSet<>()).add(concept.key());
        String readable = WordMatcher.readable(name);
        complete.putIfAbsent(PlainText.plain(readable), readable);
        shown.add(name.replace('_', ' '));
        learn(plain);
    }

    private void learn(String plain) {
        String[] words = plain.split(" ");
        longest = Math.max(longest, words.length);
        for (String word : words) {
            spelling.add(word);
        }
    }

    /** Null where nothing has this name. */
    Reading exactly(String plain) {
        Reading usual = everyday == null ? null : everyday.apply(plain);
        if (usual != null) {
            return usual;
        }
        for (Map<String, Set<String>> names : List.of(firsts, others)) {
            if (names.containsKey(plain)) {
                return Reading.known(new ArrayList<>(names.get(plain)));
            }
        }
        return null;
    }

    Spelling spelling() {
        return spelling;
    }

    Set<String> shown() {
        return shown;
    }

    NavigableMap<String, String> complete() {
        return complete;
    }

    /** Of words in a name, or more. */
    int longest() {
        return longest;
    }
}
