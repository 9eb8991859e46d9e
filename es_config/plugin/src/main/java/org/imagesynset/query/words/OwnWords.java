package org.imagesynset.query.words;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Words that people have of their own, in any language, for words that a vocabulary knows: {@code
 * katze => cat}.
 */
public final class OwnWords {
    public static final OwnWords NONE = new OwnWords(Map.of());

    private final Map<String, List<String>> meant = new HashMap<>();
    private final Map<String, String> shown = new LinkedHashMap<>();
    private final Set<String> single = new HashSet<>();
    private int longest = 1;

    /**
     * @param meant by word, the words of a vocabulary that mean the same
     */
    public OwnWords(Map<String, List<String>> meant) {
        meant.forEach(
                (word, meanings) -> {
                    String plain = PlainText.plain(word);
                    if (plain.isEmpty() == false) {
                        this.meant.put(plain, List.copyOf(meanings));
                        shown.put(plain, word);
                        String[] words = plain.split(" ");
                        single.addAll(List.of(words));
                        longest = Math.max(longest, words.length);
                    }
                });
    }

    /** Null where there is no such word, or the vocabulary knows nothing of what it means. */
    Reading of(String plain, WordMatcher matcher) {
        List<String> meanings = meant.get(plain);
        if (meanings == null) {
            return null;
        }
        Set<String> concepts = new LinkedHashSet<>();
        // What they mean are names of the vocabulary: own words lead to no others.
        WordMatcher names = matcher.with(NONE);
        for (String meaning : meanings) {
            for (Understood one :
                    names.phrase(meaning, 0, meaning.length(), new WordMatcher.Effort())) {
                concepts.addAll(one.reading().searched());
            }
        }
        return concepts.isEmpty()
                ? null
                : new Reading(Reading.Kind.SAME, List.copyOf(concepts), List.of(), null);
    }

    /** The longest words of a text without spaces, from its beginning on. */
    List<String> parts(String text) {
        List<String> parts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int end = text.length();
            while (end > at && meant.containsKey(text.substring(at, end)) == false) {
                end--;
            }
            if (end > at) {
                parts.add(text.substring(at, end));
            }
            at = Math.max(end, at + 1);
        }
        return parts;
    }

    /** Whether one of them is made of this word. */
    boolean has(String word) {
        return single.contains(word);
    }

    boolean isEmpty() {
        return meant.isEmpty();
    }

    /** Of words in one of them. */
    int longest() {
        return longest;
    }

    /** As people wrote them, by their plain form. */
    Map<String, String> shown() {
        return shown;
    }
}
