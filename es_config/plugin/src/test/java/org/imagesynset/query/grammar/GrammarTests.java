package org.imagesynset.query.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.imagesynset.query.words.OwnWords;
import org.imagesynset.query.words.Reading.Kind;
import org.imagesynset.query.words.WordMatcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarTests {
    private static WordQuery read(String text) {
        return Grammar.read(List.of(text), WordMatcher.get());
    }

    /** {@code a*b c -d}: a and b, or c, and no d. */
    private static String shown(WordQuery query) {
        String any =
                query.any().stream()
                        .map(
                                term ->
                                        term.stream()
                                                .map(
                                                        group ->
                                                                String.join(
                                                                        "/", new TreeSet<>(group)))
                                                .collect(Collectors.joining("*")))
                        .collect(Collectors.joining(" "));
        String none =
                query.none().stream()
                        .map(group -> " -" + String.join("/", new TreeSet<>(group)))
                        .collect(Collectors.joining());
        return (any + none).strip();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    cat dog                 ; cat dog
                    cats and dogs           ; cat dog
                    cat OR dog              ; cat dog
                    cat AND dog             ; cat*dog
                    cat + dog               ; cat*dog
                    cat +dog                ; cat*dog
                    cat & dog AND bird      ; cat*dog*bird
                    cat AND dog bird        ; cat*dog bird
                    cat -dog                ; cat -dog
                    cat NOT dog             ; cat -dog
                    cat not dog             ; cat -dog
                    cat without dogs        ; cat -dog
                    cat !dog                ; cat -dog
                    cat AND NOT dog         ; cat -dog
                    -dog cat                ; cat -dog
                    cat -"polar bear"       ; cat -ice_bear
                    "polar bear" cat        ; ice_bear cat
                    “polar bear”            ; ice_bear
                    polar bear              ; ice_bear
                    cat - dog               ; cat dog
                    golden-retriever        ; golden_retriever
                    +cat                    ; cat
                    AND cat                 ; cat
                    cat AND                 ; cat
                    cat AND qwrtzx AND dog  ; cat*dog
                    "cat                    ; cat
                    cat NOT                 ; cat
                    cat dog -cat cat -cat   ; cat dog -cat
                    IMG_2012                ; filename:IMG_2012
                    cat img_2012.jpg dog    ; cat filename:img_2012.jpg dog
                    cat AND beach.JPG       ; cat*filename:beach.JPG
                    cat -DSC00123           ; cat -filename:DSC00123
                    car_n02958343           ; car_n02958343
                    cat 2024                ; cat
                    """)
    void isReadAsDocumented(String line) {
        String[] parts = line.split(";");
        assertEquals(parts[1].strip(), shown(read(parts[0].strip())), parts[0]);
    }

    @Test
    void aPhraseIsOneName() {
        WordQuery query = read("\"cat dog\"");
        assertEquals(List.of(), query.any());
        assertEquals(Kind.UNKNOWN, query.outcomes().getFirst().word().reading().kind());
        assertThrows(UnknownWords.class, () -> UnknownWords.check(query, WordMatcher.get()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-dog", "NOT dog", "!dog -cat"})
    void onlyWhatToLeaveOutIsAnError(String text) {
        String reason =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> UnknownWords.check(read(text), WordMatcher.get()))
                        .getMessage();
        assertTrue(reason.contains("only what to leave out"), reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "+", "- - -", "AND OR NOT", "\"\"", "!!!", "…", "\u0300", "🐈 🐕"})
    void operatorsAloneFindNothing(String text) {
        assertEquals(List.of(), read(text).any());
        assertThrows(
                IllegalArgumentException.class,
                () -> UnknownWords.check(read(text), WordMatcher.get()));
    }

    @Test
    void ofWordsThatNobodyKnowsFiveAreListedInSixtyFourCharactersEach() {
        StringBuilder text = new StringBuilder();
        for (char first = 'a'; first <= 'i'; first++) {
            text.append(first).append("q".repeat(300)).append(' ');
        }
        String reason =
                assertThrows(
                                UnknownWords.class,
                                () -> UnknownWords.check(read(text.toString()), WordMatcher.get()))
                        .getMessage();
        assertTrue(reason.contains("[e" + "q".repeat(63) + "]"), reason);
        assertTrue(reason.endsWith(" and [4] more"), reason);
        assertEquals(-1, reason.indexOf("q".repeat(64)), reason);
    }

    @Test
    void tooManyWordsAreRefused() {
        String many = "cat ".repeat(201);
        assertThrows(IllegalArgumentException.class, () -> read(many));
        assertEquals(200, read("cat ".repeat(200)).outcomes().size());
        String half = "x".repeat(3000);
        assertThrows(
                IllegalArgumentException.class,
                () -> Grammar.read(List.of(half, half), WordMatcher.get()));
    }

    /** What takes seconds where the time grows with the square of the length. */
    @ParameterizedTest
    @CsvSource({
        "a, 1, !",
        "a, 123, $",
        "a, \u0301\u0327, b",
        "cat, \", a",
        "a, .jpg, !",
        "猫, 犬., -"
    })
    void aLongTextIsReadInAMoment(String first, String again, String last) {
        for (int length : List.of(4_000, 1_000_000)) {
            String text = first + again.repeat(length / again.length()) + last;
            assertTimeout(
                    Duration.ofSeconds(2),
                    () -> {
                        if (length < 5_000) {
                            read(text);
                        } else {
                            assertThrows(IllegalArgumentException.class, () -> read(text));
                        }
                    });
        }
    }

    @Test
    void filesHaveNoLongerNames() {
        assertEquals(
                Kind.FILENAME,
                read("IMG_" + "1".repeat(200)).outcomes().getFirst().word().reading().kind());
        assertEquals(
                Kind.UNKNOWN,
                read("IMG_" + "1".repeat(300)).outcomes().getFirst().word().reading().kind());
    }

    /** Characters of every plane, operators and words in any order. */
    @Test
    void whateverIsTypedIsReadOrRefused() {
        Random random = new Random(7);
        List<String> pieces =
                new ArrayList<>(List.of("-", "+", "AND", "\"", "NOT", " ", "cat", "dog", "kitten"));
        for (int i = 0; i < 2000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(30); j >= 0; j--) {
                if (random.nextBoolean()) {
                    text.append(pieces.get(random.nextInt(pieces.size())));
                } else {
                    text.appendCodePoint(random.nextInt(0x2FFFF));
                }
            }
            WordQuery query = read(text.toString());
            for (WordQuery.Outcome outcome : query.outcomes()) {
                int end = outcome.word().start() + outcome.word().text().length();
                assertEquals(
                        outcome.word().text(),
                        text.substring(outcome.word().start(), end),
                        text::toString);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "katze, cat",
        "KATZEN, cat",
        "Hündin, dog",
        "hundin, dog",
        "chien, dog",
        "chat noir, cat",
        "bébé chat, cat",
        "猫, cat",
        "犬と猫, cat dog",
        "ネコ, cat",
        "かぎ, padlock",
        "kitty, cat",
    })
    void peoplesOwnWordsLeadWhereTheySay(String words, String concepts) {
        OwnWords own =
                new OwnWords(
                        Map.of(
                                "Katze", List.of("cat"),
                                "Katzen", List.of("cat"),
                                "Hündin", List.of("dog"),
                                "chien", List.of("dog"),
                                "chat noir", List.of("black cat"),
                                "bébé chat", List.of("kitten"),
                                "猫", List.of("cat"),
                                "犬", List.of("dog"),
                                "ネコ", List.of("cat"),
                                "かぎ", List.of("padlock")));
        WordQuery query = Grammar.read(List.of(words), WordMatcher.get().with(own));
        assertEquals(
                new TreeSet<>(Arrays.asList(concepts.split(" "))), new TreeSet<>(query.concepts()));
        assertEquals(List.of(), Grammar.read(List.of("かき"), WordMatcher.get().with(own)).any());
    }

    @Test
    void anOwnWordGoesBeforeAllElse() {
        WordMatcher matcher =
                WordMatcher.get()
                        .with(
                                new OwnWords(
                                        Map.of("mouse", List.of("rodent"), "dog", List.of("cat"))));
        assertEquals("rodent cat", shown(Grammar.read(List.of("mouse dog"), matcher)));
        // What it means is a name of the vocabulary, never another own word.
        WordMatcher round =
                WordMatcher.get()
                        .with(new OwnWords(Map.of("dog", List.of("dog"), "x", List.of("y"))));
        assertEquals("dog", shown(Grammar.read(List.of("dog x"), round)));
    }
}
