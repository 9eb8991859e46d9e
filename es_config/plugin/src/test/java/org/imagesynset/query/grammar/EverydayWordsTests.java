package org.imagesynset.query.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.imagesynset.query.words.Reading.Kind;
import org.imagesynset.query.words.WordMatcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where words lead that people type at libraries of photos. */
class EverydayWordsTests {
    private static final Path CASES = Path.of("../../../shared/cases/words.txt");

    /** Lines as {@code word | = concepts}, {@code word | ? concepts} or {@code word | - reason}. */
    private static boolean leadsThere(String word, String must) {
        WordQuery query = Grammar.read(List.of(word), WordMatcher.get());
        Set<String> wanted = new LinkedHashSet<>();
        for (String concept : must.substring(1).split(",")) {
            wanted.add(concept.strip().replace('_', ' '));
        }
        Set<String> searched = new LinkedHashSet<>();
        query.concepts().forEach(key -> searched.add(WordMatcher.readable(key)));
        switch (must.charAt(0)) {
            case '=' -> {}
            case '?' ->
                    query.outcomes()
                            .forEach(
                                    outcome ->
                                            searched.addAll(
                                                    UnknownWords.near(
                                                            outcome.word(), WordMatcher.get())));
            default -> {
                return query.any().isEmpty()
                        && query.outcomes().stream()
                                .allMatch(one -> one.word().reading().kind() == Kind.UNKNOWABLE);
            }
        }
        return searched.stream().anyMatch(wanted::contains);
    }

    @Test
    void ofTheCasesNearlyAllLeadWhereTheyShould() throws IOException {
        assumeTrue(Files.exists(CASES), "needs " + CASES);
        List<String> wrong = new ArrayList<>();
        List<String> cases = Files.readAllLines(CASES);
        for (String line : cases) {
            String[] parts = line.split("\\|", 2);
            if (leadsThere(parts[0].strip(), parts[1].strip()) == false) {
                wrong.add(line);
            }
        }
        double share = 1 - (double) wrong.size() / cases.size();
        System.out.printf("%d words, %.3f lead where they should%n", cases.size(), share);
        assertTrue(share >= 0.95, share + " of the words; not " + wrong);
    }

    /** Words that were not looked at when the table was made. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    hedge              | ? fence
                    zipper             | ? fastener
                    tambourine         | ? drum
                    anchor             | ? hook, boat
                    trampoline         | ? gymnastic_apparatus
                    tepee              | ? tent
                    igloo              | ? shelter, dome
                    sparrow            | ? oscine, bird, finch
                    emu                | ? ratite, ostrich, bird
                    wheelbarrow        | = barrow
                    lawnmower          | = lawn_mower
                    xylophone          | = marimba
                    razor              | ? edge_tool, knife
                    bagpipes           | ? pipe, wind_instrument
                    dustpan            | ? broom, receptacle
                    thermos            | ? bottle
                    pillowcases        | ? bedclothes, linen
                    avocados           | ? edible_fruit
                    typewriter         | ? typewriter_keyboard
                    sea shore          | = seashore
                    sun glasses        | = sunglasses, sunglass
                    fire truck         | = fire_engine
                    firetruck          | = fire_engine
                    sportscar          | = sports_car
                    teddybear          | = teddy
                    polarbear          | = ice_bear
                    photo of a zebra   | = zebra
                    pictures of my dogs | = dog
                    family photos      | - people
                    cat pictures       | = cat
                    farm animals       | = animal
                    plates             | = plate
                    the cat on a sofa  | = cat
                    Zebras             | = zebra
                    white horse        | = horse
                    great white shark  | = great_white_shark
                    handy              | - quality
                    trouser            | = trouser
                    golden retreiver   | = golden_retriever
                    girafe             | ? ruminant, camel
                    elefant            | = elephant
                    dalmation          | = dalmatian
                    chihuaha           | = Chihuahua
                    brocoli            | = broccoli
                    umbrela            | = umbrella
                    accordian          | = accordion
                    carpenter          | - people
                    grandmothers       | - people
                    Shakespeare        | - people
                    eyebrows           | - faces
                    Madagascar         | - places
                    Copenhagen         | - places
                    earthquake         | - events
                    october            | - times
                    sunrise            | - sky
                    turquoise          | - color
                    jealousy           | - abstract
                    ugly               | - quality
                    """)
    void otherWordsDoToo(String word, String must) {
        assertTrue(
                leadsThere(word, must),
                () -> word + ": " + Grammar.read(List.of(word), WordMatcher.get()));
    }

    @Test
    void whatIsUnknownDoesNotHideWhatIsKnown() {
        WordQuery query = Grammar.read(List.of("a black dog in Paris"), WordMatcher.get());
        assertEquals(Set.of("dog"), query.concepts());
        assertEquals(
                List.of("black", "dog", "Paris"),
                query.outcomes().stream().map(outcome -> outcome.word().text()).toList());
        assertEquals(2, query.lost());
    }

    @Test
    void picturesOfSomethingAreNotAskedFor() {
        for (String text : List.of("photos of dogs", "dog photos", "pics of my dogs")) {
            assertEquals(1, Grammar.read(List.of(text), WordMatcher.get()).outcomes().size(), text);
        }
        // alone they are what is asked for
        assertEquals(1, Grammar.read(List.of("photos"), WordMatcher.get()).outcomes().size());
    }
}
