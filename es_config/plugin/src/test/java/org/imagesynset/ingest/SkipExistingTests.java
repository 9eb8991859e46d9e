package org.imagesynset.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.elasticsearch.action.get.GetRequest;
import org.elasticsearch.action.get.GetResponse;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.index.VersionType;
import org.elasticsearch.index.get.GetResult;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.xcontent.XContentFactory;
import org.elasticsearch.xcontent.XContentType;
import org.imagesynset.OneSidecar;
import org.imagesynset.document.DocumentFields;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SkipExistingTests extends OneSidecar {
    private static final String IMAGE = "QQ==";

    /** Of the byte A, as sha256sum prints it. */
    private static final String SHA256 =
            "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd";

    private static final Map<String, Object> SKIP = Map.of("skip_existing", true);

    private Map<String, Object> existing;

    @BeforeEach
    void indexOneDocument() throws Exception {
        node.update("request_timeout", "120s");
        existing = run(Map.of(), IMAGE);
        object(object(existing, "image_analysis"), "image").put("sha256", SHA256);
        node.index = (request, listener) -> listener.onResponse(found(request, existing));
    }

    @ParameterizedTest
    @ValueSource(strings = {IMAGE, "data:image/jpeg;base64," + IMAGE, "Q\nQ=\n="})
    void anEqualImageCostsNoAnalysis(String image) throws Exception {
        int before = sidecar.requests.size();
        assertEquals(existing, run(SKIP, image));
        assertEquals(before, sidecar.requests.size());
        assertEquals(new DocumentStats(1, 0, 0, 1, 0, 0), node.monitor.stats().documents());
    }

    @Test
    void theVectorsOfSynsetsAreComputedFromTheScores() throws Exception {
        Map<String, Object> expected = new HashMap<>(existing);
        for (String left : List.of("synset_vector", "synset_unit_vector", "synset_norm")) {
            existing.remove(left);
        }
        assertEquals(expected, run(SKIP, IMAGE));
    }

    @Test
    void theImageStaysWhereItIsToStay() throws Exception {
        Map<String, Object> source =
                run(Map.of("skip_existing", true, "remove_binary", false), IMAGE);
        assertEquals(IMAGE, source.get("image"));
        assertEquals(1, node.monitor.stats().documents().reused());
    }

    @Test
    void anotherImageIsAnalyzed() throws Exception {
        analyzedAgain(SKIP, "Qg==");
        analyzedAgain(SKIP, "bad:but_not_base64");
    }

    @Test
    void anotherWishIsAnalyzed() throws Exception {
        analyzedAgain(Map.of("skip_existing", true, "top_k", 9), IMAGE);
        analyzedAgain(Map.of("skip_existing", true, "thumbnail", 64), IMAGE);
        analyzedAgain(Map.of("skip_existing", true, "target_field", "other"), IMAGE);
        analyzedAgain(Map.of(), IMAGE);
    }

    @Test
    void aThumbnailIsKeptAtItsSizeOnly() throws Exception {
        Map<String, Object> small = Map.of("skip_existing", true, "thumbnail", 64);
        existing = run(small, IMAGE);
        object(object(existing, "image_analysis"), "image").put("sha256", SHA256);
        assertEquals(existing, run(small, IMAGE));
        assertEquals(1, node.monitor.stats().documents().reused());
        analyzedAgain(Map.of("skip_existing", true, "thumbnail", 65), IMAGE);
        analyzedAgain(SKIP, IMAGE);
    }

    /** As for a writer who may not see the field: what is not seen is not there afterward. */
    @Test
    void aThumbnailThatWasAskedForAndIsNotThereIsMadeAgain() throws Exception {
        Map<String, Object> small = Map.of("skip_existing", true, "thumbnail", 64);
        existing = run(small, IMAGE);
        object(object(existing, "image_analysis"), "image").put("sha256", SHA256);
        Object thumbnail = existing.remove("thumbnail");
        assertEquals(thumbnail, run(small, IMAGE).get("thumbnail"));
        assertEquals(0, node.monitor.stats().documents().reused());
    }

    @Test
    void anotherModelAnalyzes() throws Exception {
        sidecar.modelDetails = "{\"name\":\"toy\",\"version\":\"2\",\"weights_sha256\":\"ab\"}";
        analyzedAgain(SKIP, IMAGE);
    }

    @Test
    void whatAnOlderPluginWroteIsAnalyzed() throws Exception {
        object(existing, "image_analysis").put("schema_version", DocumentFields.SCHEMA_VERSION - 1);
        analyzedAgain(SKIP, IMAGE);
        object(existing, "image_analysis").remove("schema_version");
        analyzedAgain(SKIP, IMAGE);
    }

    @Test
    void anUnknownModelAnalyzes() throws Exception {
        sidecar.modelDetails = "{}";
        analyzedAgain(SKIP, IMAGE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "synset",
                "synset_names",
                "top_synset",
                "top_score",
                "concept_vector",
                "concepts",
                "image_analysis"
            })
    void whatLacksAFieldIsAnalyzed(String field) throws Exception {
        existing.remove(field);
        analyzedAgain(SKIP, IMAGE);
    }

    @Test
    void whatLacksASynsetIsAnalyzed() throws Exception {
        object(existing, "synset").remove(object(existing, "synset").keySet().iterator().next());
        analyzedAgain(SKIP, IMAGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pending", "failed"})
    void whatIsNotOkIsAnalyzed(String status) throws Exception {
        object(existing, "image_analysis").put("status", status);
        analyzedAgain(SKIP, IMAGE);
    }

    @Test
    void aDocumentThatCantBeReadIsAnalyzed() throws Exception {
        node.index = (request, listener) -> listener.onResponse(found(request, null));
        analyzedAgain(SKIP, IMAGE);
        node.index = (request, listener) -> listener.onFailure(new IllegalStateException("no"));
        analyzedAgain(SKIP, IMAGE);
        node.index =
                (request, listener) -> {
                    throw new IllegalStateException("at once");
                };
        analyzedAgain(SKIP, IMAGE);
        node.index =
                (request, listener) -> {
                    listener.onFailure(new IllegalStateException("twice"));
                    throw new IllegalStateException("twice");
                };
        analyzedAgain(SKIP, IMAGE);
    }

    @Test
    void asksForTheDocumentThatIsUpdated() throws Exception {
        List<GetRequest> requests = new ArrayList<>();
        node.index =
                (request, listener) -> {
                    requests.add(request);
                    listener.onResponse(found(request, existing));
                };
        run(SKIP, IMAGE);
        GetRequest request = requests.getFirst();
        assertEquals(
                List.of("index", "id", "route"),
                List.of(request.index(), request.id(), request.routing()));
        assertEquals(false, request.fetchSourceContext().excludeVectors());
    }

    @Test
    void aDocumentWithoutAnIdIsNotAskedFor() throws Exception {
        int before = sidecar.requests.size();
        AtomicInteger asked = new AtomicInteger();
        node.index = (request, listener) -> asked.incrementAndGet();
        IngestDocument document =
                new IngestDocument(
                        "index",
                        null,
                        1,
                        null,
                        VersionType.INTERNAL,
                        new HashMap<>(Map.of("image", IMAGE)));
        execute(SKIP, document);
        assertEquals(0, asked.get());
        assertEquals(before + 1, sidecar.requests.size());
    }

    @Test
    void aBulkOfAnySizeReadsFewAtOnceAndAnswersEachOnce() throws Exception {
        Queue<Runnable> underWay = new ConcurrentLinkedQueue<>();
        AtomicInteger asked = new AtomicInteger();
        node.index =
                (request, listener) -> {
                    asked.incrementAndGet();
                    underWay.add(() -> listener.onResponse(found(request, existing)));
                };
        ImageSynsetProcessor processor = node.processor(SKIP);
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        AtomicInteger calls = new AtomicInteger();
        for (int i = 0; i < 3000; i++) {
            CompletableFuture<Void> answer = new CompletableFuture<>();
            answers.add(answer);
            processor.execute(
                    document(),
                    (document, failure) -> {
                        calls.incrementAndGet();
                        answer.complete(null);
                    });
        }
        assertEquals(64, asked.get());
        CompletableFuture<Void> all =
                CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new));
        while (all.isDone() == false) {
            assertTrue(underWay.size() <= 64);
            Runnable get = underWay.poll();
            if (get == null) {
                Thread.onSpinWait();
            } else {
                get.run();
            }
        }
        assertEquals(3000, calls.get());
        assertEquals(3000, node.monitor.stats().documents().reused());
    }

    @Test
    void readsAndAnswersAsTheUserWhoUpdates() throws Exception {
        var context = node.threadPool.getThreadContext();
        Queue<Runnable> underWay = new ConcurrentLinkedQueue<>();
        List<String> readers = new ArrayList<>();
        node.index =
                (request, listener) -> {
                    synchronized (readers) {
                        readers.add(context.getHeader("user"));
                    }
                    underWay.add(() -> listener.onResponse(found(request, existing)));
                };
        ImageSynsetProcessor processor = node.processor(SKIP);
        Map<String, String> answered = new ConcurrentHashMap<>();
        List<String> users = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String user = "user-" + i;
            users.add(user);
            try (var ignored = context.stashContext()) {
                context.putHeader("user", user);
                processor.execute(
                        document(),
                        (document, failure) -> answered.put(user, context.getHeader("user")));
            }
        }
        while (answered.size() < users.size()) {
            Runnable get = underWay.poll();
            if (get != null) {
                get.run();
            }
        }
        assertEquals(Set.copyOf(users), Set.copyOf(readers));
        users.forEach(user -> assertEquals(user, answered.get(user)));
    }

    private void analyzedAgain(Map<String, Object> options, String image) throws Exception {
        int before = sidecar.requests.size();
        run(options, image);
        assertEquals(before + 1, sidecar.requests.size());
    }

    private Map<String, Object> run(Map<String, Object> options, String image) throws Exception {
        IngestDocument document = document();
        document.setFieldValue("image", image);
        return execute(options, document);
    }

    private Map<String, Object> execute(Map<String, Object> options, IngestDocument document)
            throws Exception {
        CompletableFuture<IngestDocument> answer = new CompletableFuture<>();
        AtomicInteger calls = new AtomicInteger();
        node.processor(options)
                .execute(
                        document,
                        (done, failure) -> {
                            calls.incrementAndGet();
                            answer.complete(document);
                        });
        Map<String, Object> source = answer.get(120, TimeUnit.SECONDS).getSource();
        assertEquals(1, calls.get());
        return asJson(source);
    }

    /** Numbers as they are after a way through JSON. */
    private static Map<String, Object> asJson(Map<String, Object> source) {
        return XContentHelper.convertToMap(json(source), true, XContentType.JSON).v2();
    }

    private static IngestDocument document() {
        return new IngestDocument(
                "index",
                "id",
                1,
                "route",
                VersionType.INTERNAL,
                new HashMap<>(Map.of("image", IMAGE)));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Map<String, Object> parent, String name) {
        return (Map<String, Object>) parent.get(name);
    }

    private static GetResponse found(GetRequest request, Map<String, Object> source) {
        boolean exists = source != null;
        return new GetResponse(
                new GetResult(
                        request.index(),
                        request.id(),
                        exists ? 0 : -2,
                        exists ? 1 : 0,
                        1,
                        exists,
                        exists ? json(source) : null,
                        Map.of(),
                        Map.of()));
    }

    private static BytesReference json(Map<String, Object> source) {
        try {
            return BytesReference.bytes(XContentFactory.jsonBuilder().map(source));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
