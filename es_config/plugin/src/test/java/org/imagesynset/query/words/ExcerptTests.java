package org.imagesynset.query.words;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExcerptTests {
    @Test
    void whatIsShortIsShownAsJavaShowsIt() {
        Map<String, Object> nested = new LinkedHashMap<>();
        nested.put("index", "photos");
        nested.put("ids", List.of(1, List.of(), Map.of()));
        nested.put("none", null);
        for (Object value : new Object[] {nested, List.of("a", 2.5), "text", 7, true, Map.of()}) {
            assertEquals(value.toString(), Excerpt.of(value));
        }
        assertEquals("null", Excerpt.of(null));
    }

    @Test
    void whatIsLongIsCutOff() {
        String text = "x".repeat(1_000_000);
        assertEquals("x".repeat(100) + "…", Excerpt.of(text));
        assertEquals("[" + "x".repeat(99) + "…", Excerpt.of(List.of(text)));
        assertEquals("{" + "x".repeat(99) + "…", Excerpt.of(Map.of(text, text)));
        assertEquals(101, Excerpt.of(Collections.nCopies(100_000, 1)).length());
        assertEquals("x".repeat(100), Excerpt.of("x".repeat(100)));
    }
}
