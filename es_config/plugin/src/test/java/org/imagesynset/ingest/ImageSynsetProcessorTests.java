package org.imagesynset.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.imagesynset.FakeSidecar;
import org.imagesynset.document.DocumentFields;
import org.junit.jupiter.api.Test;

/** What is written of an analyzed image. */
class ImageSynsetProcessorTests extends ProcessorTestCase {
    @Test
    void featuresAreTheProcessorsOnlyWhereAskedFor() throws Exception {
        Map<String, Object> own = Map.of("image", "QQ==", "features", List.of("waterproof"));
        assertEquals(List.of("waterproof"), run(Map.of(), own).get("features"));
        Map<String, Object> photo = Map.of("image", "QQ==");
        Map<String, Object> source = run(Map.of("features", true), photo);
        assertEquals(List.of(1.5f, 0f, -0.25f), source.get("features"));
        assertEquals(3, ((Map<?, ?>) source.get("image_analysis")).get("features"));
        sidecar.behavior =
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
    void answersOnItsOwnExecutorOnly() throws Exception {
        for (Map<String, Object> source :
                List.<Map<String, Object>>of(
                        Map.of(), Map.of("image", 1), Map.of("image", "QQ=="))) {
            assertTrue(
                    execute(Map.of(), new HashMap<>(source)).thread().contains("[image_synset]"));
        }
    }

    private void answer(String synsets, String concepts) {
        sidecar.behavior =
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
}
