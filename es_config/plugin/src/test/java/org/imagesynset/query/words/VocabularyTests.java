package org.imagesynset.query.words;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.elasticsearch.common.compress.CompressedXContent;
import org.junit.jupiter.api.Test;

class VocabularyTests {
    private static Map<String, Object> row(Object... namesAndValues) {
        Map<String, Object> row = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            row.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return row;
    }

    private static Map<String, Object> shop() {
        return row(
                "name",
                "shop",
                "classes",
                List.of(
                        row(
                                "name",
                                "stuhl",
                                "label",
                                "Stuhl (Holz)",
                                "id",
                                null,
                                "words",
                                List.of("Stuhl", "chaise"),
                                "concept",
                                "stuhl"),
                        row(
                                "name", "tisch", "label", "Tisch", "words", List.of(), "concept",
                                "tisch")),
                "concepts",
                List.of(
                        row("name", "stuhl", "words", List.of("Stuhl"), "parents", List.of("m")),
                        row("name", "tisch", "words", List.of("Tisch"), "parents", List.of("m")),
                        row("name", "m", "words", List.of("Möbel"), "parents", List.of())));
    }

    @Test
    void classesAndConceptsAreFoundByTheirWords() {
        Vocabulary shop = Vocabulary.read(shop());
        assertEquals("shop", shop.name());
        assertEquals(Set.of("stuhl", "tisch"), shop.synsets().classes());
        for (Map.Entry<String, String> word :
                Map.of(
                                "MÖBEL", "m",
                                "mobel", "m",
                                "Stuhl", "stuhl",
                                "stuhl holz", "stuhl",
                                "chaise", "stuhl",
                                "Tisch", "tisch")
                        .entrySet()) {
            assertEquals(List.of(word.getValue()), searched(shop, word.getKey()), word.getKey());
        }
        assertEquals(List.of(), searched(shop, "cat"));
    }

    private static List<String> searched(Vocabulary vocabulary, String text) {
        return vocabulary
                .matcher()
                .understand(text, 0, text.length(), new WordMatcher.Effort())
                .stream()
                .flatMap(word -> word.reading().searched().stream())
                .toList();
    }

    /** Anybody who may put templates can store anything there. */
    @Test
    void anotherShapeIsRefused() {
        List<Map<String, Object>> others =
                new ArrayList<>(List.of(Map.of(), Map.of("classes", "a", "concepts", "b")));
        for (String name : List.of("classes", "concepts")) {
            Map<String, Object> without = shop();
            without.remove(name);
            others.add(without);
            Map<String, Object> wrong = shop();
            wrong.put(name, List.of("a", 1));
            others.add(wrong);
            Map<String, Object> nameless = shop();
            nameless.put(name, List.of(row("words", List.of("a"))));
            others.add(nameless);
        }
        for (Map<String, Object> other : others) {
            assertThrows(
                    IllegalArgumentException.class, () -> Vocabulary.read(other), other.toString());
        }
    }

    @Test
    void anIndexNamesItsVocabularyInItsMapping() throws Exception {
        CompressedXContent mapping =
                new CompressedXContent(
                        "{\"_doc\":{\"properties\":{\"synset_names\":{\"type\":\"keyword\"},"
                                + "\"photos\":{\"type\":\"nested\",\"properties\":{\"synset_names\":"
                                + "{\"type\":\"keyword\",\"meta\":{\"vocabulary\":\"shop\"}}}}}}}");
        assertEquals(
                Optional.of(new IndexVocabulary("imagenet", false)),
                IndexVocabulary.of(mapping, ""));
        assertEquals(
                Optional.of(new IndexVocabulary("shop", true)),
                IndexVocabulary.of(mapping, "photos"));
        assertEquals(Optional.empty(), IndexVocabulary.of(mapping, "photos.front"));
    }
}
