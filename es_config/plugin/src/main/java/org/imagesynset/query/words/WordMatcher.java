package org.imagesynset.query.words;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.imagesynset.query.words.KnownSynsets.Concept;
import org.imagesynset.query.words.PlainText.Word;

/**
 * Users' words to concepts. Of several words the longest name wins; plurals are taken for their
 * singular and the other way round, words written together for words written apart; and what nobody
 * has a name for is taken for what it may be a misspelling of.
 */
public final class WordMatcher {
    /** Scripts without spaces between words. */
    private static final Pattern UNSPACED =
            Pattern.compile(
                    "[\\p{IsHan}\\p{IsHiragana}\\p{IsKatakana}\\p{IsThai}\\p{IsLao}\\p{IsKhmer}ー]+");

    private static final Set<String> PICTURES =
            Set.of("photo", "photos", "picture", "pictures", "image", "images", "pic", "pics");

    /** What distinguishes concepts that share a word. */
    private static final Pattern MEANING = Pattern.compile("_n\\d{8}$");

    private static final Set<Reading.Kind> LOST =
            Set.of(Reading.Kind.UNKNOWABLE, Reading.Kind.UNKNOWN);

    private static final int LONGEST_PARTED = 30;
    private static final int SHORTEST_PART = 3;

    private final Names names;
    private final OwnWords own;

    WordMatcher(List<Concept> concepts, EverydayWords everyday) {
        this(new Names(concepts, everyday), OwnWords.NONE);
    }

    private WordMatcher(Names names, OwnWords own) {
        this.names = names;
        this.own = own;
    }

    /** That of ImageNet's vocabulary. */
    public static WordMatcher get() {
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final WordMatcher INSTANCE =
                new WordMatcher(
                        KnownSynsets.get().concepts(),
                        EverydayWords.of(KnownSynsets.get().concepts()));
    }

    /** The same that also knows people's own words. */
    public WordMatcher with(OwnWords words) {
        return new WordMatcher(names, words);
    }

    /** What somebody may have meant who wrote a name that nobody knows. */
    public Suggestions suggestions() {
        return new Suggestions(names.shown());
    }

    /** A concept's key as people write it. */
    public static String readable(String concept) {
        return MEANING.matcher(concept).replaceFirst("").replace('_', ' ');
    }

    /** A word that can be searched for, and what it leads to. */
    public record Completion(String text, Reading reading) {}

    /**
     * Words that can be searched for: those that begin so, then those of which another word does;
     * people's own words among them.
     *
     * @param beginning of a word; all words where it is empty
     */
    public List<Completion> completions(String beginning) {
        String plain = PlainText.plain(beginning);
        Map<String, String> all = new TreeMap<>(names.complete());
        all.putAll(own.shown());
        List<Completion> first = new ArrayList<>();
        List<Completion> later = new ArrayList<>();
        all.forEach(
                (word, shown) -> {
                    boolean begins = word.startsWith(plain);
                    if (begins || word.contains(" " + plain)) {
                        Reading reading = exactly(word);
                        if (reading != null && reading.searched().isEmpty() == false) {
                            (begins ? first : later).add(new Completion(shown, reading));
                        }
                    }
                });
        first.addAll(later);
        return first;
    }

    /** What one request may still spend on words that nobody has a name for. */
    public static final class Effort {
        private int corrections = 5;
        private int partings = 20;

        private boolean correct() {
            return corrections-- > 0;
        }

        private boolean part() {
            return partings-- > 0;
        }
    }

    /** A word as it goes through the steps, and what it was before it was corrected. */
    private record Token(Word word, String plain, boolean corrected) {}

    /** Whether a text is a name, such as the key of a concept. */
    public boolean isName(String text) {
        return exactly(PlainText.plain(text)) != null;
    }

    /** Each name in a part of a text, in their order; articles and the like are left out. */
    public List<Understood> understand(String text, int start, int end, Effort effort) {
        List<Token> tokens = corrected(separated(PlainText.words(text, start, end)), effort);
        List<Understood> understood = new ArrayList<>();
        int at = 0;
        while (at < tokens.size()) {
            int until = Math.min(tokens.size(), at + longest());
            Reading reading = null;
            while (until > at && (reading = reading(tokens.subList(at, until))) == null) {
                until--;
            }
            if (reading == null) {
                until = at + 1;
                if (PlainText.isIgnored(tokens.get(at).plain()) == false) {
                    reading = unknown();
                }
            } else if (isPictureOf(tokens, at, until)) {
                until++;
                reading = null;
            } else if (understood.isEmpty() == false && isPicture(tokens, at, until)) {
                reading = null;
            }
            if (reading != null) {
                understood.add(understood(text, tokens.subList(at, until), reading));
            }
            at = until;
        }
        return understood;
    }

    /** All of a part of a text as one name. */
    public List<Understood> phrase(String text, int start, int end, Effort effort) {
        List<Token> tokens = corrected(separated(PlainText.words(text, start, end)), effort);
        if (tokens.isEmpty()) {
            return List.of();
        }
        Reading reading = tokens.size() > longest() ? null : reading(tokens);
        return List.of(understood(text, tokens, reading == null ? unknown() : reading));
    }

    private static Reading unknown() {
        return new Reading(Reading.Kind.UNKNOWN, List.of(), List.of(), null);
    }

    private boolean isPictureOf(List<Token> tokens, int at, int until) {
        return isPicture(tokens, at, until)
                && until < tokens.size()
                && tokens.get(until).plain().equals("of");
    }

    private boolean isPicture(List<Token> tokens, int at, int until) {
        String first = tokens.get(at).plain();
        return until == at + 1 && PICTURES.contains(first) && own.of(first, this) == null;
    }

    private static Understood understood(String text, List<Token> tokens, Reading reading) {
        int start = tokens.getFirst().word().start();
        String written = text.substring(start, tokens.getLast().word().end());
        String corrected = null;
        if (tokens.stream().anyMatch(Token::corrected)) {
            corrected = String.join(" ", tokens.stream().map(Token::plain).toList());
        }
        return new Understood(written, start, reading, corrected);
    }

    /** Null where nothing has the name that these words make. */
    private Reading reading(List<Token> tokens) {
        String last = tokens.getLast().plain();
        if (tokens.size() == 1) {
            return PlainText.isIgnored(last) ? own.of(last, this) : reading("", last);
        }
        List<String> heads =
                tokens.subList(0, tokens.size() - 1).stream().map(Token::plain).toList();
        Reading found = reading(String.join(" ", heads) + " ", last);
        if (found != null
                && LOST.contains(found.kind())
                && reading("", last) instanceof Reading alone
                && alone.searched().isEmpty() == false) {
            // To WordNet a white horse is a wave, but who looks for one means a horse.
            return null;
        }
        if (found == null && tokens.size() == 2 && last.length() >= SHORTEST_PART) {
            String first = heads.getFirst();
            Reading together = first.length() < SHORTEST_PART ? null : reading(first, last);
            return together == null || together.searched().isEmpty() ? null : together;
        }
        return found;
    }

    /** A name as it is written comes before any plural of another, and that before any singular. */
    private Reading reading(String head, String last) {
        List<String> forms = new ArrayList<>(Plurals.readings(last));
        forms.addAll(Plurals.of(last));
        for (String form : forms) {
            Reading reading = exactly(head + form);
            if (reading != null) {
                return reading;
            }
        }
        return null;
    }

    Reading exactly(String plain) {
        Reading ours = own.of(plain, this);
        return ours == null ? names.exactly(plain) : ours;
    }

    /** The same vocabulary and the same own words: the same words lead to the same concepts. */
    @Override
    public boolean equals(Object other) {
        return other instanceof WordMatcher matcher && matcher.names == names && matcher.own == own;
    }

    @Override
    public int hashCode() {
        return 31 * System.identityHashCode(names) + System.identityHashCode(own);
    }

    private int longest() {
        return Math.max(names.longest(), own.longest());
    }

    /** Words of scripts without spaces, parted where people's own words are. */
    private List<Word> separated(List<Word> words) {
        List<Word> parts = new ArrayList<>();
        for (Word word : words) {
            if (own.isEmpty() || UNSPACED.matcher(word.plain()).find() == false) {
                parts.add(word);
                continue;
            }
            List<String> found = own.parts(word.plain());
            if (found.isEmpty()) {
                parts.add(word);
            }
            found.forEach(part -> parts.add(new Word(part, word.start(), word.end())));
        }
        return parts;
    }

    private List<Token> corrected(List<Word> words, Effort effort) {
        List<String> plain = new ArrayList<>(words.stream().map(Word::plain).toList());
        List<Token> tokens = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            Word word = words.get(i);
            String corrected = null;
            if (isKnown(plain.get(i)) == false) {
                corrected = effort.part() ? apart(plain.get(i)) : null;
                if (corrected != null) {
                    for (String part : corrected.split(" ")) {
                        tokens.add(new Token(word, part, false));
                    }
                    continue;
                }
                if (effort.correct()) {
                    corrected = correction(plain, i);
                }
            }
            if (corrected != null) {
                plain.set(i, corrected);
            }
            tokens.add(new Token(word, plain.get(i), corrected != null));
        }
        return tokens;
    }

    private boolean isKnown(String word) {
        return PlainText.isIgnored(word)
                || names.spelling().has(word)
                || own.has(word)
                || reading("", word) != null;
    }

    /** Two words that were written as one; null where they are not a name. */
    private String apart(String word) {
        if (word.length() > LONGEST_PARTED) {
            return null;
        }
        for (int i = SHORTEST_PART; i <= word.length() - SHORTEST_PART; i++) {
            Reading reading = reading(word.substring(0, i) + " ", word.substring(i));
            if (reading != null && reading.searched().isEmpty() == false) {
                return word.substring(0, i) + " " + word.substring(i);
            }
        }
        return null;
    }

    /** The one that makes a longer name with its neighbors, else the nearest; null if none is. */
    private String correction(List<String> words, int at) {
        List<String> corrections = names.spelling().corrections(words.get(at));
        for (String correction : corrections) {
            for (int start = Math.max(0, at - 2); start <= at; start++) {
                for (int end = Math.min(words.size(), start + 4);
                        end > Math.max(at, start + 1);
                        end--) {
                    List<String> name = new ArrayList<>(words.subList(start, end));
                    name.set(at - start, correction);
                    String last = name.removeLast();
                    if (reading(String.join(" ", name) + " ", last) != null) {
                        return correction;
                    }
                }
            }
        }
        for (String correction : corrections) {
            if (reading("", correction) instanceof Reading reading
                    && (reading.searched().isEmpty() == false
                            || reading.offered().isEmpty() == false)) {
                return correction;
            }
        }
        return null;
    }
}
