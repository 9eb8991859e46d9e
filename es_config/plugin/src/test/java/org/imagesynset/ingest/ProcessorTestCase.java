package org.imagesynset.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.index.VersionType;
import org.elasticsearch.ingest.IngestDocument;
import org.imagesynset.FakeSidecar;
import org.imagesynset.TestNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A processor in front of a made-up sidecar. */
abstract class ProcessorTestCase {
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

    FakeSidecar sidecar;
    TestNode node;

    /** What the handler was given. */
    record Outcome(IngestDocument document, Exception failure, String thread) {}

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

    Map<String, Object> run(Map<String, Object> options, Map<String, Object> source)
            throws Exception {
        Outcome outcome = execute(options, new HashMap<>(source));
        assertNull(outcome.failure());
        return outcome.document().getSource();
    }

    /** Why the document was refused, or null. */
    Exception failure(Map<String, Object> options, Map<String, Object> source) throws Exception {
        return execute(options, source).failure();
    }

    Outcome execute(Map<String, Object> options, Map<String, Object> source) throws Exception {
        return execute(options, document(source));
    }

    Outcome execute(Map<String, Object> options, IngestDocument document) throws Exception {
        ImageSynsetProcessor processor = node.processor(options);
        assertTrue(processor.isAsync());
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        processor.execute(
                document,
                (done, failure) ->
                        assertTrue(
                                outcome.complete(
                                        new Outcome(
                                                done, failure, Thread.currentThread().getName()))));
        return outcome.get(60, TimeUnit.SECONDS);
    }

    static IngestDocument document(Map<String, Object> source) {
        return new IngestDocument("index", "id", 1, null, VersionType.INTERNAL, source);
    }

    static void refused(
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

    static void recorded(String state, String type, String reason, Map<String, Object> source) {
        Map<?, ?> analysis = (Map<?, ?>) source.get("image_analysis");
        assertEquals(state, analysis.get("status"));
        Map<?, ?> error = (Map<?, ?>) analysis.get("error");
        assertEquals(type, error.get("type"));
        assertTrue(error.get("reason").toString().contains(reason), error.toString());
        MADE_FROM_SYNSETS.forEach(name -> assertFalse(source.containsKey(name), name));
    }

    static String status(Map<String, Object> source) {
        return (String) ((Map<?, ?>) source.get("image_analysis")).get("status");
    }

    static Map<String, Object> without(Map<String, Object> source, String name) {
        Map<String, Object> rest = new HashMap<>(source);
        rest.remove(name);
        return rest;
    }
}
