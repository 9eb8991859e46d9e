package org.imagesynset.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of an analysis that a document already has. */
class KeptAnalysisTests extends ProcessorTestCase {
    @Test
    void aFormerRunIsReplaced() throws Exception {
        Map<String, Object> source = run(Map.of("thumbnail", 64), Map.of("image", "QQ=="));
        assertTrue(source.containsKey("thumbnail"));
        source.put("image", "QQ==");
        assertNull(execute(Map.of(), source).failure());
        assertFalse(source.containsKey("thumbnail"), "made by a former run with other options");
        source.put("image", "bad:corrupt_image");
        assertNotNull(execute(Map.of(), source).failure());
        assertEquals(Map.of(), without(source, "image_analysis"));
        source.put("image", "QQ==");
        assertNull(execute(Map.of(), source).failure());
        assertFalse(((Map<?, ?>) source.get("image_analysis")).containsKey("error"));
    }

    @Test
    void anImageIsTakenAwayByNullOrEmptyText() throws Exception {
        for (String none : new String[] {null, ""}) {
            Map<String, Object> source =
                    run(Map.of("features", true), Map.of("image", "QQ==", "a", 1));
            source.put("image", none);
            assertNull(execute(Map.of(), source).failure());
            assertEquals(Map.of("a", 1), source);
        }
    }

    @Test
    void anAnalysisIsKeptWhereNoImageComes() throws Exception {
        Map<String, Object> analyzed = run(Map.of("thumbnail", 64), Map.of("image", "QQ=="));
        int requests = sidecar.requests.size();
        Map<String, Object> copy = new HashMap<>(analyzed);
        for (String vector : List.of("synset_vector", "synset_unit_vector", "synset_norm")) {
            copy.remove(vector);
        }
        copy.put("album", "x");
        assertNull(execute(Map.of(), copy).failure());
        assertEquals("x", copy.remove("album"));
        assertEquals(analyzed, copy);
        assertEquals(requests, sidecar.requests.size());
        assertEquals(1, node.monitor.stats().documents().kept());
    }

    @Test
    void conceptsAreAddedUpFromSynsetsWhereNobodyHasThem() throws Exception {
        Map<String, Object> source = run(Map.of(), Map.of("image", "QQ=="));
        source.remove("concept_vector");
        source.put(
                "synset",
                Map.of("tabby", Map.of("score", 0.5), "tiger_cat", Map.of("score", 0.25)));
        source.put("synset_names", List.of("tabby", "tiger_cat"));
        assertNull(execute(Map.of(), source).failure());
        Map<?, ?> concepts = (Map<?, ?>) source.get("concept_vector");
        assertEquals(0.75, concepts.get("cat"));
        assertEquals(0.5, concepts.get("tabby"));
        assertEquals(0.75, concepts.get("entity"));
    }

    @Test
    void namesWithDotsAreTheSameFields() throws Exception {
        Map<String, Object> options = Map.of("field", "photo.data");
        Map<String, Object> source = new HashMap<>(Map.of("photo.data", "QQ==", "a.b", 1));
        assertNull(execute(options, source).failure());
        assertEquals("ok", status(source));
        assertEquals(1, source.get("a.b"));
        Map<String, Object> flat = new HashMap<>(source);
        Map<?, ?> analysis = (Map<?, ?>) flat.remove("image_analysis");
        analysis.forEach((name, value) -> flat.put("image_analysis." + name, value));
        assertNull(execute(options, flat).failure());
        assertEquals(source, flat);
    }

    @ParameterizedTest
    @ValueSource(strings = {"failed", "pending"})
    void anUnfinishedDocumentStaysAsItIs(String status) throws Exception {
        Map<String, Object> source =
                new HashMap<>(Map.of("image_analysis", new HashMap<>(Map.of("status", status))));
        assertNull(execute(Map.of(), source).failure());
        assertEquals(Map.of("image_analysis", Map.of("status", status)), source);
        assertEquals(1, node.monitor.stats().documents().withoutImage());
    }
}
