package org.imagesynset.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.logging.log4j.Level;
import org.elasticsearch.ExceptionsHelper;
import org.imagesynset.document.FieldNames;
import org.imagesynset.sidecar.LoggedLines;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client has in fields of our names stays, and a former analysis is still replaced. */
class FieldOwnershipTests extends ProcessorTestCase {
    private static final Map<String, Object> THUMBNAIL = Map.of("thumbnail", 64);
    private static final Map<String, Object> ALL =
            Map.of("thumbnail", 64, "features", true, "packed_scores", true);

    static Stream<String> ours() {
        return FieldNames.ALL.stream().filter(name -> name.equals("image_analysis") == false);
    }

    @ParameterizedTest
    @MethodSource("ours")
    void aFieldOfTheClientIsKeptAndNamed(String name) throws Exception {
        for (Object value : List.of("mine", List.of("a"), Map.of("b", 1), 7, false)) {
            Map<String, Object> source = new HashMap<>(Map.of("image", "QQ==", name, value));
            Exception failure = failure(ALL, source);
            assertEquals(400, ExceptionsHelper.status(failure).getStatus());
            assertTrue(failure.getMessage().contains("[field_taken]"), failure.toString());
            assertTrue(failure.getMessage().contains("found [" + name + "]"), failure.toString());
            assertTrue(failure.getMessage().contains("[target_field]"), failure.toString());
            assertEquals(value, source.get(name));
            assertEquals("QQ==", source.get("image"));
            Map<?, ?> analysis = (Map<?, ?>) source.get("image_analysis");
            assertEquals("failed", analysis.get("status"));
            assertEquals("field_taken", ((Map<?, ?>) analysis.get("error")).get("type"));
            assertEquals(Set.of("image", name, "image_analysis"), source.keySet());
        }
        assertEquals(List.of(), sidecar.requests, "known without the sidecar");
    }

    /** It is kept by later runs too, though then there is an analysis of ours. */
    @ParameterizedTest
    @MethodSource("ours")
    void aFieldOfTheClientIsKeptByEveryLaterRun(String name) throws Exception {
        Map<String, Object> source = new HashMap<>(Map.of("image", "QQ==", name, "mine"));
        for (int run = 0; run < 3; run++) {
            assertNotNull(failure(ALL, source));
            assertEquals("mine", source.get(name));
        }
        source.remove("image");
        failure(ALL, source);
        assertEquals("mine", source.get(name), "nor is it removed without an image");
        source.put("image", null);
        assertNull(failure(ALL, source));
        assertEquals(Map.of(name, "mine"), source, "nor when the image is taken away");
    }

    @Test
    void aThumbnailOfTheClientStaysWhereNoneIsAskedFor() throws Exception {
        Map<String, Object> source = new HashMap<>(Map.of("image", "QQ==", "thumbnail", "mine"));
        assertNull(failure(Map.of(), source));
        assertEquals("mine", source.get("thumbnail"));
        source.put("image", "bad:corrupt_image");
        assertNotNull(failure(Map.of(), source));
        assertEquals("mine", source.get("thumbnail"));
        assertFalse(source.containsKey("synset"), "the former analysis is replaced");
    }

    @Test
    void recordsWhatItWrote() throws Exception {
        Map<String, Object> source = new HashMap<>(Map.of("image", "QQ=="));
        assertNull(failure(THUMBNAIL, source));
        List<String> expected = new ArrayList<>(ours().toList());
        expected.removeAll(List.of("features", "synset_scores"));
        assertEquals(expected, ((Map<?, ?>) source.get("image_analysis")).get("fields"));
    }

    @Test
    void anAnalysisOfVersion010IsOurs() throws Exception {
        Map<String, Object> source = new HashMap<>(Map.of("image", "QQ=="));
        assertNull(failure(Map.of("thumbnail", 64, "features", true), source));
        // As 0.1.0 wrote it.
        Map<String, Object> analysis = analysis(source);
        analysis.remove("fields");
        source.put("image", "bad:corrupt_image");
        assertNotNull(failure(Map.of(), source));
        assertEquals(Set.of("image_analysis"), source.keySet());
    }

    @Test
    void withAnAnalysisOfVersion010WithoutThumbnailTheThumbnailIsTheClients() throws Exception {
        Map<String, Object> source = new HashMap<>(Map.of("image", "QQ=="));
        assertNull(failure(Map.of(), source));
        analysis(source).remove("fields");
        source.putAll(Map.of("image", "QQ==", "thumbnail", "mine", "features", "mine"));
        assertNull(failure(Map.of(), source));
        assertEquals("mine", source.get("thumbnail"));
        assertEquals("mine", source.get("features"));
    }

    @Test
    void aFailureOfVersion010OwnsNothingElse() throws Exception {
        Map<String, Object> failed = new HashMap<>(Map.of("status", "failed", "top_k", 10));
        Map<String, Object> source =
                new HashMap<>(
                        Map.of("image", "QQ==", "concepts", "mine", "image_analysis", failed));
        assertTrue(failure(Map.of(), source).getMessage().contains("found [concepts]"));
        assertEquals("mine", source.get("concepts"));
    }

    @Test
    void anImageAnalysisOfTheClientIsKeptThoughNothingCanBeRecorded() throws Exception {
        for (Object mine : List.of("mine", Map.of("score", 1), List.of(Map.of("status", "ok")))) {
            for (String image : List.of("QQ==", "bad:corrupt_image")) {
                Map<String, Object> source =
                        new HashMap<>(Map.of("image", image, "image_analysis", mine));
                Map<String, Object> before = new HashMap<>(source);
                try (LoggedLines log = new LoggedLines(ImageSynsetProcessor.class, Level.INFO)) {
                    Exception failure = failure(Map.of(), source);
                    assertTrue(
                            failure.getMessage().contains("[image_analysis]"), failure.toString());
                    assertEquals(1, log.lines().size(), log.lines().toString());
                    assertTrue(log.lines().getFirst().contains("does not say so"));
                    assertFalse(log.lines().getFirst().contains(image));
                }
                assertEquals(before, source);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"thumbnail.url", "image_analysis.status", "synset.tabby", "concepts"})
    void namesWithDotsAreTakenForPaths(String name) throws Exception {
        Map<String, Object> source = new HashMap<>(Map.of("image", "QQ==", name, "mine"));
        Exception failure = failure(ALL, source);
        assertTrue(failure.getMessage().contains("found [" + name + "]"), failure.toString());
        assertEquals("mine", source.get(name));
        assertFalse(source.containsKey("synset"));
    }

    @Test
    void targetsAreApart() throws Exception {
        Map<String, Object> source =
                new HashMap<>(Map.of("front", "QQ==", "back", "bad:corrupt_image"));
        source.put("seen", new HashMap<>(Map.of("by", "me")));
        assertNull(failure(Map.of("field", "front", "target_field", "seen.front"), source));
        assertNotNull(failure(Map.of("field", "back", "target_field", "seen.back"), source));
        Map<?, ?> seen = (Map<?, ?>) source.get("seen");
        assertEquals(Set.of("by", "front", "back"), seen.keySet());
        assertEquals("ok", status(seen.get("front")));
        assertEquals("failed", status(seen.get("back")));
        assertEquals(Set.of("seen"), source.keySet());
        assertTrue(((Map<?, ?>) seen.get("front")).containsKey("synset_vector"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a.b", "a.b.c"})
    void aTargetThatCantBeAnObjectIsTaken(String target) throws Exception {
        for (Object mine : List.of("mine", List.of(Map.of("b", 1)), 1)) {
            Map<String, Object> source = new HashMap<>(Map.of("image", "QQ==", "a", mine));
            Map<String, Object> before = new HashMap<>(source);
            Exception failure = failure(Map.of("target_field", target), source);
            assertTrue(failure.getMessage().contains("[field_taken]"), failure.toString());
            assertTrue(failure.getMessage().contains("found [a]"), failure.toString());
            assertEquals(before, source);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> analysis(Map<String, Object> source) {
        return (Map<String, Object>) source.get("image_analysis");
    }

    private static Object status(Object target) {
        return ((Map<?, ?>) ((Map<?, ?>) target).get("image_analysis")).get("status");
    }
}
