package org.imagesynset.query.words;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Words that somebody may have meant who wrote another. Two letters that changed places are one
 * mistake, and a word of seven letters may have two.
 */
final class Spelling {
    private static final int SHORTEST = 4;
    private static final int LONG = 7;
    private static final int LONGEST = 40;
    private static final int MOST = 5;

    /** By length, the words that names are made of. */
    private final Map<Integer, Set<String>> words = new HashMap<>();

    void add(String word) {
        if (word.length() >= SHORTEST - 1) {
            words.computeIfAbsent(word.length(), length -> new HashSet<>()).add(word);
        }
    }

    /** Whether names are made of it; false for the shortest. */
    boolean has(String word) {
        return words.getOrDefault(word.length(), Set.of()).contains(word);
    }

    /** At most a few, those with the fewest mistakes first. */
    List<String> corrections(String word) {
        record Near(String word, int mistakes) {}
        if (word.length() < SHORTEST || word.length() > LONGEST) {
            return List.of();
        }
        int most = word.length() >= LONG ? 2 : 1;
        List<Near> near = new ArrayList<>();
        for (int length = word.length() - most; length <= word.length() + most; length++) {
            for (String other : words.getOrDefault(length, Set.of())) {
                int mistakes = mistakes(word, other, most);
                // Hardly anybody gets the first letter wrong, and many words differ by it alone.
                if (mistakes <= most && (other.charAt(0) == word.charAt(0) || mistakes == 1)) {
                    near.add(new Near(other, 2 * mistakes + (sameStart(word, other) ? 0 : 1)));
                }
            }
        }
        near.sort(
                Comparator.comparingInt(Near::mistakes)
                        .thenComparingInt(one -> one.word().length())
                        .thenComparing(Near::word));
        return near.stream().limit(MOST).map(Near::word).toList();
    }

    private static boolean sameStart(String word, String other) {
        return word.charAt(0) == other.charAt(0);
    }

    /** By optimal string alignment; {@code most + 1} where there are more. */
    static int mistakes(String a, String b, int most) {
        int[] before = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        int[] now = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            now[0] = i;
            int least = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                now[j] = Math.min(changed, Math.min(last[j], now[j - 1]) + 1);
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    now[j] = Math.min(now[j], before[j - 2] + 1);
                }
                least = Math.min(least, now[j]);
            }
            if (least > most) {
                return most + 1;
            }
            int[] oldest = before;
            before = last;
            last = now;
            now = oldest;
        }
        return last[b.length()];
    }
}
