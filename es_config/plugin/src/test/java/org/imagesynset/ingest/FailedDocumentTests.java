package org.imagesynset.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.imagesynset.FakeSidecar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written of an image that is missing, or that can not be analyzed. */
class FailedDocumentTests extends ProcessorTestCase {
    @Test
    void missingField() throws Exception {
        Map<String, Object> source = new HashMap<>(Map.of("a", 1));
        refused(
                400,
                "failed",
                "missing_field",
                "field [image]: expected an image in base64, found nothing; change [ignore_missing]",
                execute(Map.of(), source),
                source);
    }

    @Test
    void aFieldThatComesTwiceIsRefused() throws Exception {
        Map<String, Object> source = new HashMap<>(Map.of("photo.data", "Qg=="));
        source.put("photo", new HashMap<>(Map.of("data", "QQ==")));
        refused(
                400,
                "failed",
                "invalid_field",
                "found others under a name with dots",
                execute(Map.of("field", "photo.data"), source),
                source);
        assertEquals(Map.of("data", "QQ=="), source.get("photo"));
        assertEquals(
                Map.of("photo.data", "Qg=="),
                ((Map<?, ?>) source.get("image_analysis")).get("rejected"));
    }

    @Test
    void anImageInAnArrayOfObjectsIsRefused() throws Exception {
        Map<String, Object> options = Map.of("field", "photo.data", "ignore_missing", true);
        Map<String, Object> source =
                run(options, Map.of("photo", new HashMap<>(Map.of("data", "QQ=="))));
        List<Object> photos = List.of(Map.of("size", 1), Map.of("data", List.of("Qg==")));
        source.put("photo", photos);
        refused(
                400,
                "failed",
                "invalid_field",
                "found an array of objects",
                execute(options, source),
                source);
        assertEquals(photos, source.get("photo"));
        assertFalse(source.containsKey("synset"));
        // no image among them
        source.put("photo", List.of(Map.of("size", 1)));
        assertNull(execute(options, source).failure());
    }

    @Test
    void missingFieldIsIgnored() throws Exception {
        Outcome outcome = execute(Map.of("ignore_missing", true), new HashMap<>(Map.of("a", 1)));
        assertNull(outcome.failure());
        assertEquals(Map.of("a", 1), outcome.document().getSource());
        assertEquals(List.of(), sidecar.requests);
    }

    @Test
    void notAnImageField() throws Exception {
        Map<String, Object> source = new HashMap<>(Map.of("image", List.of("QQ==")));
        refused(
                400,
                "failed",
                "invalid_field",
                "expected an image as base64 text or binary, found a [List",
                execute(Map.of(), source),
                source);
        assertEquals(
                Map.of("rejected", List.of("QQ==")),
                only((Map<?, ?>) source.get("image_analysis"), "rejected"));
        assertFalse(source.containsKey("image"));
    }

    private static Map<?, ?> only(Map<?, ?> map, String key) {
        return Map.of(key, map.get(key));
    }

    @Test
    void tooLarge() throws Exception {
        Map<String, Object> options = Map.of("max_field_bytes", "8b");
        assertEquals("ok", status(run(options, Map.of("image", "12345678"))));
        assertEquals("ok", status(run(options, Map.of("image", new byte[6]))));
        for (Object image : List.of("123456789", new byte[7])) {
            Map<String, Object> source = new HashMap<>(Map.of("image", image));
            refused(
                    400,
                    "failed",
                    "field_too_large",
                    "expected at most [8b] of base64 text, found ["
                            + (image instanceof String ? "9b" : "12b")
                            + "]; change [max_field_bytes]",
                    execute(options, source),
                    source);
        }
    }

    @Test
    void theSidecarsFaultRefusesTheDocument() throws Exception {
        sidecar.behavior = (exchange, asked) -> FakeSidecar.json(exchange, 500, "{}");
        Map<String, Object> source = new HashMap<>(Map.of("image", "QQ=="));
        refused(
                503,
                "pending",
                "sidecar_bad_response",
                "field [image]: sidecar [http://127.0.0.1:",
                execute(Map.of(), source),
                source);
        assertEquals("QQ==", source.get("image"), "kept");
    }

    @Test
    void theSidecarsFaultKeepsTheDocumentPending() throws Exception {
        sidecar.behavior = FakeSidecar.HANGS_UP;
        Map<String, Object> source = new HashMap<>(Map.of("image", "QQ=="));
        Outcome outcome = execute(Map.of("on_unavailable", "pending"), source);
        assertNull(outcome.failure());
        recorded("pending", "sidecar_unavailable", "expected an answer", source);
        assertEquals("QQ==", source.get("image"), "kept");
    }

    @Test
    void aFullQueueIsTheSidecarsFault() throws Exception {
        node.update("queue.max_bytes", "1b");
        CountDownLatch go = new CountDownLatch(1);
        sidecar.behavior = (exchange, asked) -> go.await();
        node.submit("Qg==");
        Map<String, Object> source = new HashMap<>(Map.of("image", "QQ=="));
        refused(503, "pending", "queue_full", "queue.max_bytes", execute(Map.of(), source), source);
        go.countDown();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "empty_image",
                "invalid_base64",
                "not_an_image",
                "corrupt_image",
                "image_too_large"
            })
    void theImagesFault(String type) throws Exception {
        Map<String, Object> source = new HashMap<>(Map.of("image", "bad:" + type));
        Outcome outcome = execute(Map.of("on_unavailable", "pending"), source);
        refused(400, "failed", type, "field [image]: no", outcome, source);
        Map<?, ?> analysis = (Map<?, ?>) source.get("image_analysis");
        assertEquals("bad:" + type, analysis.get("rejected"), "kept, where any text may stand");
    }
}
