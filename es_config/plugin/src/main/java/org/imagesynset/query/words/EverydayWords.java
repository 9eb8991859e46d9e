package org.imagesynset.query.words;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.imagesynset.query.words.KnownSynsets.Concept;
import org.imagesynset.query.words.Reading.Kind;
import org.imagesynset.query.words.Reading.Reason;

/**
 * What each noun of WordNet leads to among the concepts of a vocabulary, as {@code
 * sidecar/synsets/everyday/make.py} has written it: lines sorted by their bytes, which stay as they
 * are, because a hundred thousand objects would take ten times the memory.
 */
public final class EverydayWords implements Function<String, Reading> {
    private static final String TABLE = "everyday.tsv";
    private static final String DIGITS =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final Map<Character, Reason> REASONS =
            Map.ofEntries(
                    Map.entry('p', Reason.PEOPLE),
                    Map.entry('f', Reason.FACES),
                    Map.entry('l', Reason.PLACES),
                    Map.entry('e', Reason.EVENTS),
                    Map.entry('t', Reason.TIMES),
                    Map.entry('s', Reason.SKY),
                    Map.entry('c', Reason.COLORS),
                    Map.entry('w', Reason.WORDS),
                    Map.entry('d', Reason.DOINGS),
                    Map.entry('q', Reason.QUALITIES),
                    Map.entry('a', Reason.ABSTRACT),
                    Map.entry('n', Reason.NOTHING_NEAR));

    /** Ends a line that people chose, rather than WordNet. */
    private static final char USUAL = '*';

    private final byte[] lines;
    private final List<Concept> concepts;

    private EverydayWords(byte[] lines, List<Concept> concepts) {
        this.lines = lines;
        this.concepts = concepts;
    }

    /**
     * @param concepts ImageNet's, in the order of their file
     */
    static EverydayWords of(List<Concept> concepts) {
        try (InputStream table = EverydayWords.class.getResourceAsStream(TABLE)) {
            return new EverydayWords(table.readAllBytes(), concepts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param word plain, as {@link PlainText} makes it
     * @return null where the table does not have it
     */
    @Override
    public Reading apply(String word) {
        byte[] wanted = word.getBytes(StandardCharsets.UTF_8);
        int low = 0;
        int high = lines.length;
        while (low < high) {
            int start = startOfLine((low + high) >>> 1);
            int tab = indexOf('\t', start);
            int order = Arrays.compareUnsigned(lines, start, tab, wanted, 0, wanted.length);
            if (order == 0) {
                return read(tab + 1, indexOf('\n', tab));
            }
            if (order < 0) {
                low = indexOf('\n', tab) + 1;
            } else {
                high = start;
            }
        }
        return null;
    }

    /** The usual words of the table, those that people chose, with what they lead to. */
    void usual(BiConsumer<String, Reading> each) {
        int start = 0;
        while (start < lines.length) {
            int end = indexOf('\n', start);
            if (lines[end - 1] == USUAL) {
                int tab = indexOf('\t', start);
                String word = new String(lines, start, tab - start, StandardCharsets.UTF_8);
                each.accept(word, read(tab + 1, end));
            }
            start = end + 1;
        }
    }

    private Reading read(int start, int end) {
        char kind = (char) lines[start];
        if (kind == '-') {
            Reason reason = REASONS.get((char) lines[start + 1]);
            Kind said = reason == Reason.NOTHING_NEAR ? Kind.UNKNOWN : Kind.UNKNOWABLE;
            return new Reading(said, List.of(), List.of(), reason);
        }
        int bar = indexOf('|', start);
        List<String> searched = keys(start + 1, bar);
        List<String> offered = keys(bar + 1, lines[end - 1] == USUAL ? end - 1 : end);
        return switch (kind) {
            case '=' -> new Reading(Kind.SAME, searched, offered, null);
            case '~' -> new Reading(Kind.NEAR, searched, offered, null);
            default -> new Reading(Kind.OFFERED, searched, offered, null);
        };
    }

    private List<String> keys(int start, int end) {
        List<String> keys = new ArrayList<>();
        for (int at = start; at < end; at += 2) {
            int number =
                    DIGITS.indexOf(lines[at]) * DIGITS.length() + DIGITS.indexOf(lines[at + 1]);
            keys.add(concepts.get(number).key());
        }
        return keys;
    }

    private int startOfLine(int at) {
        int start = at;
        while (start > 0 && lines[start - 1] != '\n') {
            start--;
        }
        return start;
    }

    private int indexOf(char wanted, int from) {
        int at = from;
        while (lines[at] != wanted) {
            at++;
        }
        return at;
    }
}
