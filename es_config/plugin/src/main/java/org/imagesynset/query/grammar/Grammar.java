package org.imagesynset.query.grammar;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import org.elasticsearch.common.cache.Cache;
import org.elasticsearch.common.cache.CacheBuilder;
import org.imagesynset.query.words.PlainText;
import org.imagesynset.query.words.Reading;
import org.imagesynset.query.words.Understood;
import org.imagesynset.query.words.WordMatcher;
import org.imagesynset.query.words.WordMatcher.Effort;

/**
 * Reads what people type, the one place that does:
 *
 * <pre>
 * cat dog               either; photos that show both come first
 * cat AND dog, cat + dog    both
 * cat NOT dog, cat -dog     no dog
 * "polar bear"          one name
 * IMG_2012, beach.jpg   part of a file's name
 * </pre>
 *
 * <p>AND binds closer than words next to each other. There are no mistakes: an operator that has
 * nothing to work on is left out.
 */
public final class Grammar {
    private static final int MOST_WORDS = 200;

    /** Accents without a letter take a time that grows with the square of their number. */
    private static final int MOST_CHARACTERS = 5_000;

    /** No file system has longer names. */
    private static final int LONGEST_FILENAME = 255;

    private static final String QUOTES = "\"“”„«»";

    /** As cameras, phones and scanners name files: three digits and a letter, or an extension. */
    private static final Pattern FILENAME =
            Pattern.compile(
                    "(?i)(?=.*[\\p{L}_])(?=.*\\d{3})[\\w.()-]+|\\S+\\.(jpe?g|png|heic|heif|gif|webp|tiff?|bmp|dng)");

    private static final Set<String> AND = Set.of("AND", "+", "&", "&&");
    private static final Set<String> NOT = Set.of("NOT", "not", "without", "except", "!");
    private static final Set<String> OR = Set.of("OR", "|", "||", "-", "–", "—");

    private record Key(List<String> texts, WordMatcher matcher) {}

    /** Each shard of a search reads the same. */
    private static final Cache<Key, WordQuery> READ =
            CacheBuilder.<Key, WordQuery>builder()
                    .setMaximumWeight(1_000_000)
                    .weigher(
                            (key, query) ->
                                    key.texts().stream()
                                            .mapToLong(one -> 100L + one.length())
                                            .sum())
                    .build();

    private final String text;
    private final int number;
    private final WordMatcher matcher;
    private final Effort effort;

    private final List<List<Set<String>>> any = new ArrayList<>();
    private final List<Set<String>> none = new ArrayList<>();
    private final List<WordQuery.Outcome> outcomes = new ArrayList<>();

    private boolean and;
    private boolean not;

    /** Where the current run of adjacent words begins, or -1 between runs. */
    private int run = -1;

    private Grammar(String text, int number, WordMatcher matcher, Effort effort) {
        this.text = text;
        this.number = number;
        this.matcher = matcher;
        this.effort = effort;
    }

    /**
     * @param texts each on its own: what is searched for in any of them may be found
     * @throws IllegalArgumentException where there are too many words or characters
     */
    public static WordQuery read(List<String> texts, WordMatcher matcher) {
        try {
            return READ.computeIfAbsent(
                    new Key(List.copyOf(texts), matcher), key -> readUncached(texts, matcher));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IllegalArgumentException refused
                    ? refused
                    : new IllegalStateException(e);
        }
    }

    private static WordQuery readUncached(List<String> texts, WordMatcher matcher) {
        int words = 0;
        int characters = 0;
        for (String text : texts) {
            characters += text.length();
            if (characters <= MOST_CHARACTERS) {
                words += PlainText.words(text, 0, text.length()).size();
            }
            if (words > MOST_WORDS || characters > MOST_CHARACTERS) {
                throw new IllegalArgumentException(
                        "expected [words] to have at most ["
                                + MOST_WORDS
                                + "] words and ["
                                + MOST_CHARACTERS
                                + "] characters, found more");
            }
        }
        List<WordQuery> queries = new ArrayList<>();
        Effort effort = new Effort();
        for (int number = 0; number < texts.size(); number++) {
            queries.add(new Grammar(texts.get(number), number, matcher, effort).read());
        }
        return WordQuery.all(queries);
    }

    private WordQuery read() {
        int at = 0;
        while (at < text.length()) {
            char first = text.charAt(at);
            if (isSpace(first)) {
                at++;
            } else if (QUOTES.indexOf(first) >= 0) {
                endRun(at);
                int end = at + 1;
                while (end < text.length() && QUOTES.indexOf(text.charAt(end)) < 0) {
                    end++;
                }
                add(matcher.phrase(text, at + 1, end, effort));
                at = end + 1;
            } else {
                at = chunk(at);
            }
        }
        endRun(text.length());
        return new WordQuery(any, none, outcomes);
    }

    /** What stands between spaces, or before a quotation mark. */
    private int chunk(int start) {
        int end = start;
        while (end < text.length()
                && isSpace(text.charAt(end)) == false
                && QUOTES.indexOf(text.charAt(end)) < 0) {
            end++;
        }
        String chunk = text.substring(start, end);
        boolean beforeQuote = end < text.length() && QUOTES.indexOf(text.charAt(end)) >= 0;
        if (AND.contains(chunk)) {
            endRun(start);
            and = true;
        } else if (NOT.contains(chunk) || (beforeQuote && chunk.equals("-"))) {
            endRun(start);
            not = true;
        } else if (OR.contains(chunk)) {
            endRun(start);
        } else if ("-!+".indexOf(chunk.charAt(0)) >= 0) {
            endRun(start);
            not |= chunk.charAt(0) != '+';
            and |= chunk.charAt(0) == '+';
            add(part(start + 1, end));
        } else if (isFilename(chunk)) {
            endRun(start);
            add(part(start, end));
        } else if (run < 0) {
            run = start;
        }
        return end;
    }

    private List<Understood> part(int start, int end) {
        String part = text.substring(start, end);
        return isFilename(part)
                ? List.of(new Understood(part, start, Reading.filename(part), null))
                : matcher.understand(text, start, end, effort);
    }

    private boolean isFilename(String part) {
        return part.length() <= LONGEST_FILENAME
                && FILENAME.matcher(part).matches()
                && matcher.isName(part) == false;
    }

    private void endRun(int end) {
        if (run >= 0) {
            add(matcher.understand(text, run, end, effort));
            run = -1;
        }
    }

    private void add(List<Understood> words) {
        for (Understood word : words) {
            outcomes.add(new WordQuery.Outcome(word, number, not));
            Set<String> group = new LinkedHashSet<>(word.reading().searched());
            if (group.isEmpty() == false) {
                if (not) {
                    none.add(group);
                } else if (and && any.isEmpty() == false) {
                    any.getLast().add(group);
                } else {
                    any.add(new ArrayList<>(List.of(group)));
                }
                and = false;
            }
            not = false;
        }
    }

    private static boolean isSpace(char one) {
        return Character.isWhitespace(one) || Character.isSpaceChar(one);
    }
}
