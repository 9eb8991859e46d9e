package org.imagesynset.query.words;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.imagesynset.query.words.KnownSynsets.Concept;
import org.imagesynset.query.words.Reading.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordMatcherTests {
    private static Set<String> concepts(String text) {
        Set<String> concepts = new TreeSet<>();
        WordMatcher.get()
                .understand(text, 0, text.length(), new WordMatcher.Effort())
                .forEach(word -> concepts.addAll(word.reading().searched()));
        return concepts;
    }

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
                    mice                     | mouse rodent
                    watches                  | watch
                    crane                    | crane_n02012849 crane_n03126707
                    cars                     | car_n02958343 car_n02959942
                    car_n02958343            | car_n02958343
                    Cardigan                 | Cardigan_n02113186 cardigan_n02963159
                    domestic cat             | domestic_cat
                    motorcar                 | car_n02958343
                    """)
    void wordsMeanConcepts(String words, String concepts) {
        Set<String> expected =
                new TreeSet<>(concepts == null ? List.of() : Arrays.asList(concepts.split(" ")));
        assertEquals(expected, concepts(words));
    }

    @Test
    void everyConceptIsFoundByEachOfItsWords() {
        int checked = 0;
        for (Concept concept : KnownSynsets.get().concepts()) {
            String first = concept.key();
            for (String form : List.of(first, first.replace('_', ' '), first.toUpperCase())) {
                // What people mean by it in everyday life may be another concept.
                if (WordMatcher.get().exactly(PlainText.plain(form)).kind() != Kind.KNOWN) {
                    continue;
                }
                checked++;
                Set<String> found = concepts(form);
                assertTrue(found.contains(concept.key()), form + " finds " + found);
            }
        }
        assertTrue(checked > 4000, checked + " names");
    }
}
