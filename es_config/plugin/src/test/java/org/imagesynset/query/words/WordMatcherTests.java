package org.imagesynset.query.words;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.imagesynset.query.words.KnownSynsets.Concept;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordMatcherTests {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    cat                      | cat
                    Cats                     | cat
                    CAT, dog!                | cat dog
                    cat cat cats             | cat
                    dog's                    | dog
                    golden retrievers        | golden_retriever
                    Golden-Retriever         | golden_retriever
                    golden_retriever         | golden_retriever
                    sports car cat           | sports_car cat
                    jack o' lantern          | jack-o'-lantern
                    jack-o'-lanterns         | jack-o'-lantern
                    foxes                    | fox
                    wolves                   | wolf
                    butterflies              | butterfly
                    mice                     | mouse
                    watches                  | watch
                    people                   | person
                    crane                    | crane_n02012849 crane_n03126707
                    cars                     | car_n02958343 car_n02959942
                    car_n02958343            | car_n02958343
                    Cardigan                 | Cardigan_n02113186 cardigan_n02963159
                    domestic cat             | domestic_cat
                    motorcar                 | car_n02958343
                    """)
    void wordsMeanConcepts(String words, String concepts) {
        Set<String> expected = new TreeSet<>(Arrays.asList(concepts.split(" ")));
        assertEquals(expected, new TreeSet<>(WordMatcher.get().concepts(List.of(words)).keySet()));
    }

    @Test
    void everyConceptIsFoundByEachOfItsWords() {
        for (Concept concept : KnownSynsets.get().concepts()) {
            String first = concept.lemmas().getFirst();
            for (String form : List.of(first, first.replace('_', ' '), first.toUpperCase())) {
                Set<String> found = WordMatcher.get().concepts(List.of(form)).keySet();
                assertTrue(found.contains(concept.key()), form + " finds " + found);
            }
            for (String lemma : concept.lemmas()) {
                assertTrue(WordMatcher.get().concepts(List.of(lemma)).size() > 0);
            }
        }
    }

    @Test
    void severalTextsAreMatchedApart() {
        assertEquals(
                Set.of("sports_car"), WordMatcher.get().concepts(List.of("sports car")).keySet());
        assertThrows(
                IllegalArgumentException.class,
                () -> WordMatcher.get().concepts(List.of("sports", "car")));
    }

    @Test
    void unknownWordsAreAllNamedWithWhatIsNear() {
        IllegalArgumentException error =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> WordMatcher.get().concepts(List.of("dogg cat qqqqqq")));
        assertTrue(error.getMessage().contains("[dogg] (near: dog"), error.getMessage());
        assertTrue(error.getMessage().contains("[qqqqqq] (nothing near"), error.getMessage());
        assertTrue(error.getMessage().contains("[cat]") == false, error.getMessage());
    }
}
