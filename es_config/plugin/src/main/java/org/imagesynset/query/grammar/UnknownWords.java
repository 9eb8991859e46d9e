package org.imagesynset.query.grammar;

import java.util.List;
import java.util.stream.Collectors;
import org.imagesynset.query.words.Reading;
import org.imagesynset.query.words.Understood;
import org.imagesynset.query.words.WordMatcher;

/** Words of which nothing is left that could be searched for. */
public final class UnknownWords extends IllegalArgumentException {
    private static final int MOST = 5;
    private static final int LONGEST = 64;

    private final int count;

    private UnknownWords(int count, String message) {
        super(message);
        this.count = count;
    }

    /** How many words. */
    public int count() {
        return count;
    }

    /**
     * @throws UnknownWords naming the words, and what may be searched for instead
     * @throws IllegalArgumentException where there are no words
     */
    public static void check(WordQuery query, WordMatcher matcher) {
        if (query.any().isEmpty() == false) {
            return;
        }
        if (query.outcomes().isEmpty()) {
            throw new IllegalArgumentException(
                    "expected [words] to have at least one word, found none");
        }
        List<Understood> lost =
                query.outcomes().stream()
                        .map(WordQuery.Outcome::word)
                        .filter(word -> word.isSearched() == false)
                        .toList();
        if (lost.isEmpty()) {
            throw new IllegalArgumentException(
                    "expected [words] to say what to look for, found only what to leave out");
        }
        String listed =
                lost.stream()
                        .limit(MOST)
                        .map(word -> described(word, matcher))
                        .collect(Collectors.joining(", "));
        int more = lost.size() - MOST;
        throw new UnknownWords(
                lost.size(),
                "expected [words] for things that the model knows, found "
                        + listed
                        + (more > 0 ? " and [" + more + "] more" : ""));
    }

    private static String described(Understood word, WordMatcher matcher) {
        String shown = word.text().substring(0, Math.min(word.text().length(), LONGEST));
        if (word.reading().kind() == Reading.Kind.UNKNOWABLE) {
            return "[" + shown + "] (" + word.reading().reason().sentence() + ")";
        }
        List<String> near = near(word, matcher);
        return "["
                + shown
                + "] ("
                + (near.isEmpty()
                        ? "nothing similar is known)"
                        : "near: " + String.join(", ", near) + ")");
    }

    /** What somebody may have meant: by meaning, or else by spelling. */
    public static List<String> near(Understood word, WordMatcher matcher) {
        List<String> offered = word.reading().offered();
        return word.reading().kind() == Reading.Kind.UNKNOWN
                ? matcher.suggestions().nearest(word.text())
                : offered.stream().map(WordMatcher::readable).toList();
    }
}
