package org.imagesynset.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.elasticsearch.index.VersionType;
import org.elasticsearch.ingest.IngestDocument;
import org.imagesynset.FakeSidecar;
import org.imagesynset.FakeSidecar.Behavior;
import org.imagesynset.TestNode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever the sidecar does in whatever order, every document gets one answer, and one that fits
 * what it says.
 */
class ExactlyOnceTests {
    private static final int DOCUMENTS = 500;
    private static final List<Object> IMAGES =
            List.of("QQ==", "bad:not_an_image", "\"\\\ud800", new byte[3], 1, "x".repeat(99));

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void everyDocumentIsAnsweredOnce(long seed) throws Exception {
        Random random = new Random(seed);
        AtomicIntegerArray calls = new AtomicIntegerArray(DOCUMENTS);
        CountDownLatch answered = new CountDownLatch(DOCUMENTS);
        List<Map<String, Object>> sources = new ArrayList<>();
        try (FakeSidecar sidecar = new FakeSidecar();
                TestNode node =
                        new TestNode(
                                sidecar.url(),
                                "request_timeout",
                                "150ms",
                                "stall_timeout",
                                "400ms",
                                "batch.max_items",
                                1 + random.nextInt(16),
                                "in_flight",
                                1 + random.nextInt(6),
                                "queue.max_bytes",
                                (500 + random.nextInt(5000)) + "b")) {
            Random moods = new Random(seed);
            sidecar.behavior =
                    (exchange, asked) -> {
                        Behavior mood;
                        synchronized (moods) {
                            mood = MOODS.get(moods.nextInt(MOODS.size()));
                        }
                        mood.answer(exchange, asked);
                    };
            List<ImageSynsetProcessor> processors =
                    List.of(
                            node.processor(Map.of("max_field_bytes", "50b")),
                            node.processor(Map.of("on_unavailable", "pending", "thumbnail", 32)),
                            node.processor(
                                    Map.of("on_unavailable", "pending", "ignore_missing", true)));
            for (int i = 0; i < DOCUMENTS; i++) {
                Map<String, Object> source = new HashMap<>();
                if (random.nextInt(20) > 0) {
                    source.put("image", IMAGES.get(random.nextInt(IMAGES.size())));
                }
                sources.add(source);
                int id = i;
                boolean thrower = random.nextInt(50) == 0;
                processors
                        .get(random.nextInt(processors.size()))
                        .execute(
                                new IngestDocument(
                                        "index", "id", 1, null, VersionType.INTERNAL, source),
                                (document, failure) -> {
                                    assertTrue((document == null) != (failure == null));
                                    calls.incrementAndGet(id);
                                    answered.countDown();
                                    if (thrower) {
                                        throw new IllegalStateException("thrown by the test");
                                    }
                                });
                if (random.nextInt(25) == 0) {
                    Thread.sleep(random.nextInt(40));
                }
            }
            assertTrue(answered.await(60, TimeUnit.SECONDS), answered + " never answered");
            Thread.sleep(50);
        }
        Map<Object, Integer> statuses = new TreeMap<>();
        for (int i = 0; i < DOCUMENTS; i++) {
            assertEquals(1, calls.get(i));
            statuses.merge(status(sources.get(i)), 1, Integer::sum);
        }
        assertEquals(
                List.of("failed", "none", "ok", "pending"),
                List.copyOf(statuses.keySet()),
                statuses.toString());
    }

    private static Object status(Map<String, Object> source) {
        Map<?, ?> analysis = (Map<?, ?>) source.get("image_analysis");
        if (analysis == null) {
            return "none";
        }
        boolean ok = analysis.get("status").equals("ok");
        assertEquals(ok, source.containsKey("synset"));
        assertEquals(ok, analysis.containsKey("model"));
        assertEquals(ok, analysis.containsKey("error") == false);
        return analysis.get("status");
    }

    private static final List<Behavior> MOODS =
            List.of(
                    FakeSidecar.HONEST,
                    FakeSidecar.HONEST,
                    FakeSidecar.HONEST,
                    (exchange, asked) -> {
                        Thread.sleep(60);
                        FakeSidecar.HONEST.answer(exchange, asked);
                    },
                    (exchange, asked) -> Thread.sleep(400),
                    FakeSidecar.HANGS_UP,
                    (exchange, asked) -> FakeSidecar.json(exchange, 503, "{}"),
                    (exchange, asked) -> FakeSidecar.json(exchange, 200, "{\"model\":"),
                    (exchange, asked) ->
                            FakeSidecar.json(
                                    exchange, 200, "{" + FakeSidecar.MODEL + ",\"results\":[]}"),
                    (exchange, asked) -> {
                        exchange.getResponseHeaders().set("Content-Type", "application/json");
                        exchange.sendResponseHeaders(200, 100);
                        exchange.getResponseBody().write("{".getBytes(StandardCharsets.UTF_8));
                    },
                    (exchange, asked) -> {
                        exchange.sendResponseHeaders(200, 0);
                        for (int i = 0; i < 20; i++) {
                            exchange.getResponseBody().write(' ');
                            exchange.getResponseBody().flush();
                            Thread.sleep(20);
                        }
                    });
}
