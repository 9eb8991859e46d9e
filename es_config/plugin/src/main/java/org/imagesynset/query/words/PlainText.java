package org.imagesynset.query.words;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Text as it is compared: case, accents, apostrophes and what stands between words don't matter.
 * Marks that make another letter, as in the scripts of India and Japan, stay.
 */
public final class PlainText {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}\\p{M}'’.]+");
    private static final Pattern UNSEEN = Pattern.compile("[\u0300-\u036f'’.]");
    private static final Pattern BETWEEN = Pattern.compile("[^\\p{L}\\p{N}\\p{M}]+");

    /** Articles, prepositions and the like: they ask for nothing. */
    private static final Set<String> IGNORED =
            Set.of(
                    "a", "an", "the", "of", "in", "on", "at", "with", "and", "or", "for", "to",
                    "from", "by", "my", "our", "your", "his", "her", "their", "its", "some", "any",
                    "near", "under", "over", "behind", "beside", "inside", "into", "onto",
                    "through", "between", "among", "around", "along", "across", "against", "about",
                    "above", "below", "off", "up", "down", "out", "this", "that", "these", "those",
                    "is", "are", "it", "as", "next", "show", "find", "me", "all", "i");

    /**
     * A word of a text.
     *
     * @param plain as it is compared
     * @param start where it begins in the text
     * @param end where it has ended
     */
    public record Word(String plain, int start, int end) {}

    private PlainText() {}

    /** Of a text from {@code start} to {@code end}; those of which nothing is left are left out. */
    public static List<Word> words(String text, int start, int end) {
        List<Word> words = new ArrayList<>();
        List<MatchResult> found = WORD.matcher(text).region(start, end).results().toList();
        for (MatchResult word : found) {
            String plain = plain(word.group());
            if (plain.isEmpty() == false) {
                for (String part : plain.split(" ")) {
                    words.add(new Word(part, word.start(), word.end()));
                }
            }
        }
        return words;
    }

    /** The words of a name, plain, with one space between them. */
    public static String plain(String text) {
        String decomposed =
                Normalizer.normalize(text, Normalizer.Form.NFKD).toLowerCase(Locale.ROOT);
        String seen = UNSEEN.matcher(decomposed).replaceAll("").replace("ß", "ss");
        String composed = Normalizer.normalize(seen, Normalizer.Form.NFC);
        return BETWEEN.matcher(composed).replaceAll(" ").strip();
    }

    static boolean isIgnored(String plain) {
        return IGNORED.contains(plain);
    }
}
