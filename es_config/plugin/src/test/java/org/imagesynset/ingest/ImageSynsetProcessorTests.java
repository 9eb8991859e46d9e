package org.imagesynset.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.index.VersionType;
import org.elasticsearch.ingest.IngestDocument;
import org.imagesynset.FakeSidecar;
import org.imagesynset.TestNode;
import org.imagesynset.document.DocumentFields;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageSynsetProcessorTests {
    private static final List<String> MADE_FROM_SYNSETS =
            List.of(
                    "synset",
                    "synset_vector",
                    "synset_unit_vector",
                    "synset_norm",
                    "synset_names",
                    "top_synset",
                    "top_score",
                    "concept_vector",
                    "concepts",
                    "thumbnail");

    private FakeSidecar sidecar;
    private TestNode node;

    /** What the handler was given. */
    private record Outcome(IngestDocument document, Exception failure, String thread) {}

    @BeforeEach
    void start() throws Exception {
        sidecar = new FakeSidecar();
        node = new TestNode(sidecar.url());
    }

    @AfterEach
    void stop() {
        node.close();
        sidecar.close();
    }

    @Test
    void featuresAreTheProcessorsOnlyWhereAskedFor() throws Exception {
        Map<String, Object> own = Map.of("image", "QQ==", "features", List.of("waterproof"));
        assertEquals(List.of("waterproof"), run(Map.of(), own).get("features"));
        Map<String, Object> photo = Map.of("image", "QQ==");
        Map<String, Object> source = run(Map.of("features", true), photo);
        assertEquals(List.of(1.5f, 0f, -0.25f), source.get("features"));
        assertEquals(3, ((Map<?, ?>) source.get("image_analysis")).get("features"));
        sidecar.behaviour =
                (exchange, asked) ->
                        FakeSidecar.json(
                                exchange,
                                200,
                                FakeSidecar.answer(
                                        asked,
                                        (a, i) ->
                                                FakeSidecar.withFeatures(
                                                        FakeSidecar.ok("0", "", "", false),
                                                        "0,-0.0")));
        assertFalse(
                run(Map.of("features", true), photo).containsKey("features"),
                "zeros have no direction");
    }

    @Test
    void writesWhatTheModelSaw() throws Exception {
        Map<String, Object> source =
                run(Map.of("thumbnail", 64), Map.of("image", "QQ==", "filename", "a.jpg"));
        assertEquals("a.jpg", source.get("filename"));
        assertFalse(source.containsKey("image"));
        assertEquals(
                Map.of(
                        "tabby", Map.of("wind", "n02123045", "words", "tabby", "score", 0.6),
                        "tiger_cat",
                                Map.of("wind", "n02123159", "words", "tiger cat", "score", 0.3)),
                source.get("synset"));
        assertEquals(Map.of("tabby", 0.6, "tiger_cat", 0.3), source.get("synset_vector"));
        // sqrt(0.6² + 0.3²), and 2/sqrt(5) and 1/sqrt(5)
        assertEquals(0.6708203932499369, (double) source.get("synset_norm"), 1e-12);
        Map<?, ?> unit = (Map<?, ?>) source.get("synset_unit_vector");
        assertEquals(0.8944271909999159, (double) unit.get("tabby"), 1e-12);
        assertEquals(0.4472135954999579, (double) unit.get("tiger_cat"), 1e-12);
        assertEquals(List.of("tabby", "tiger_cat"), source.get("synset_names"));
        assertEquals("tabby", source.get("top_synset"));
        assertEquals(0.6, source.get("top_score"));
        assertEquals(Map.of("cat", 0.9, "animal", 0.95), source.get("concept_vector"));
        assertEquals(List.of("animal", "cat"), source.get("concepts"));
        assertEquals("dGh1bWI=", source.get("thumbnail"));
        Map<?, ?> analysis = (Map<?, ?>) source.get("image_analysis");
        assertEquals("ok", analysis.get("status"));
        assertNull(analysis.get("error"));
        assertEquals(
                Map.of("name", "toy", "version", "1", "weights_sha256", "ab"),
                analysis.get("model"));
        assertEquals(10, analysis.get("top_k"));
        assertEquals(DocumentFields.SCHEMA_VERSION, analysis.get("schema_version"));
        assertEquals(
                Map.of("sha256", "cd", "format", "JPEG", "width", 4, "height", 3, "bytes", 99L),
                analysis.get("image"));
        Duration age =
                Duration.between(
                        Instant.parse((String) analysis.get("analyzed_at")), Instant.now());
        assertTrue(age.toSeconds() < 60, age.toString());
    }

    /**
     * The hash code of "tabby" is 110115500, of "tiger_cat" -976476074 (by hand: Σ 31^i × char).
     */
    @Test
    void packsTheScoresWhereAskedFor() throws Exception {
        Map<String, Object> source = run(Map.of("packed_scores", true), Map.of("image", "QQ=="));
        assertEquals(
                List.of(
                        Long.toString(110115500L << 32 | 0x3f19999aL),
                        Long.toString(-976476074L << 32 | 0x3e99999aL)),
                source.get("synset_scores"));
    }

    @Test
    void scoresTooSmallForASparseVectorAreLeftOut() throws Exception {
        answer(
                "{\"name\":\"a\",\"wind\":\"n1\",\"words\":\"a\",\"score\":1.18e-38},"
                        + "{\"name\":\"b\",\"wind\":\"n2\",\"words\":\"b\",\"score\":1.17e-38},"
                        + "{\"name\":\"c\",\"wind\":\"n3\",\"words\":\"c\",\"score\":0}",
                "\"tiny\":1e-40,\"cat\":0.5");
        Map<String, Object> source = run(Map.of(), Map.of("image", "QQ=="));
        assertEquals(Map.of("a", 1.18e-38), source.get("synset_vector"));
        assertEquals(Map.of("cat", 0.5), source.get("concept_vector"));
        assertEquals(List.of("a", "b", "c"), source.get("synset_names"));
    }

    @Test
    void noSynsetsAtAll() throws Exception {
        answer("", "");
        Map<String, Object> source = run(Map.of(), Map.of("image", "QQ=="));
        assertEquals(Map.of(), source.get("synset_vector"));
        assertEquals(Map.of(), source.get("synset_unit_vector"));
        assertEquals(0.0, source.get("synset_norm"));
        assertFalse(source.containsKey("top_synset"));
    }

    @Test
    void optionsAreFollowed() throws Exception {
        Map<String, Object> source =
                run(
                        Map.of(
                                "field",
                                "photo.data",
                                "target_field",
                                "photo.s",
                                "remove_binary",
                                false,
                                "top_k",
                                7),
                        Map.of("photo", new HashMap<>(Map.of("data", "QQ=="))));
        Map<?, ?> photo = (Map<?, ?>) source.get("photo");
        assertEquals("QQ==", photo.get("data"));
        Map<?, ?> seen = (Map<?, ?>) photo.get("s");
        assertEquals(Map.of("tabby", 0.6, "tiger_cat", 0.3), seen.get("synset_vector"));
        assertEquals(Set.of("photo"), source.keySet());
        assertEquals(Set.of("data", "s"), photo.keySet());
        assertEquals(7, sidecar.requests.getFirst().topK());
        assertNull(sidecar.requests.getFirst().thumbnail());
    }

    @Test
    void binaryIsSentAsBase64() throws Exception {
        run(Map.of(), Map.of("image", new byte[] {0, -1, 65}));
        assertEquals("AP9B", sidecar.requests.getFirst().image(0));
    }

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

    @ParameterizedTest
    @ValueSource(strings = {"failed", "pending"})
    void anUnfinishedDocumentStaysAsItIs(String status) throws Exception {
        Map<String, Object> source =
                new HashMap<>(Map.of("image_analysis", new HashMap<>(Map.of("status", status))));
        assertNull(execute(Map.of(), source).failure());
        assertEquals(Map.of("image_analysis", Map.of("status", status)), source);
        assertEquals(1, node.monitor.stats().documents().withoutImage());
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

    @Test
    void theSidecarsFaultRefusesTheDocument() throws Exception {
        sidecar.behaviour = (exchange, asked) -> FakeSidecar.json(exchange, 500, "{}");
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
        sidecar.behaviour = FakeSidecar.HANGS_UP;
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
        sidecar.behaviour = (exchange, asked) -> go.await();
        node.submit("Qg==");
        Map<String, Object> source = new HashMap<>(Map.of("image", "QQ=="));
        refused(503, "pending", "queue_full", "queue.max_bytes", execute(Map.of(), source), source);
        go.countDown();
    }

    @Test
    void answersOnItsOwnExecutorOnly() throws Exception {
        for (Map<String, Object> source :
                List.<Map<String, Object>>of(
                        Map.of(), Map.of("image", 1), Map.of("image", "QQ=="))) {
            assertTrue(
                    execute(Map.of(), new HashMap<>(source)).thread().contains("[image_synset]"));
        }
    }

    private void answer(String synsets, String concepts) {
        sidecar.behaviour =
                (exchange, asked) ->
                        FakeSidecar.json(
                                exchange,
                                200,
                                FakeSidecar.answer(
                                        asked,
                                        (a, i) ->
                                                FakeSidecar.ok(
                                                        Integer.toString(i),
                                                        synsets,
                                                        concepts,
                                                        false)));
    }

    private Map<String, Object> run(Map<String, Object> options, Map<String, Object> source)
            throws Exception {
        Outcome outcome = execute(options, new HashMap<>(source));
        assertNull(outcome.failure());
        return outcome.document().getSource();
    }

    private Outcome execute(Map<String, Object> options, Map<String, Object> source)
            throws Exception {
        ImageSynsetProcessor processor = node.processor(options);
        assertTrue(processor.isAsync());
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        processor.execute(
                new IngestDocument("index", "id", 1, null, VersionType.INTERNAL, source),
                (document, failure) ->
                        assertTrue(
                                outcome.complete(
                                        new Outcome(
                                                document,
                                                failure,
                                                Thread.currentThread().getName()))));
        return outcome.get(60, TimeUnit.SECONDS);
    }

    private static void refused(
            int status,
            String state,
            String type,
            String reason,
            Outcome outcome,
            Map<String, Object> source) {
        assertNull(outcome.document());
        assertEquals(status, ExceptionsHelper.status(outcome.failure()).getStatus());
        assertTrue(
                outcome.failure().getMessage().startsWith("[" + type + "] field ["),
                outcome.failure().toString());
        recorded(state, type, reason, source);
    }

    private static void recorded(
            String state, String type, String reason, Map<String, Object> source) {
        Map<?, ?> analysis = (Map<?, ?>) source.get("image_analysis");
        assertEquals(state, analysis.get("status"));
        Map<?, ?> error = (Map<?, ?>) analysis.get("error");
        assertEquals(type, error.get("type"));
        assertTrue(error.get("reason").toString().contains(reason), error.toString());
        MADE_FROM_SYNSETS.forEach(name -> assertFalse(source.containsKey(name), name));
    }

    private static String status(Map<String, Object> source) {
        return (String) ((Map<?, ?>) source.get("image_analysis")).get("status");
    }

    private static Map<String, Object> without(Map<String, Object> source, String name) {
        Map<String, Object> rest = new HashMap<>(source);
        rest.remove(name);
        return rest;
    }
}
