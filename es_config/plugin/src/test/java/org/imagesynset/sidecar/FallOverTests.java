package org.imagesynset.sidecar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.imagesynset.FakeSidecar;
import org.imagesynset.FakeSidecar.Behavior;
import org.imagesynset.TestNode;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.diagnostics.NodeStats;
import org.imagesynset.queue.QueueStats;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What follows a failure: another sidecar, another try, or none. */
class FallOverTests {
    private final List<FakeSidecar> sidecars = new ArrayList<>();
    private TestNode node;

    @AfterEach
    void stop() {
        node.close();
        sidecars.forEach(FakeSidecar::close);
    }

    @Test
    void equalSidecarsTakeTurns() throws Exception {
        start(3);
        for (int i = 0; i < 9; i++) {
            node.submit("QQ==").get(60, TimeUnit.SECONDS);
        }
        assertEquals(List.of(3, 3, 3), requests());
    }

    @Test
    void aSlowSidecarIsGivenLess() throws Exception {
        start(2, "batch.max_items", 1, "in_flight", 2);
        CountDownLatch go = new CountDownLatch(1);
        sidecars.getFirst().behavior =
                (exchange, asked) -> {
                    go.await();
                    FakeSidecar.HONEST.answer(exchange, asked);
                };
        List<CompletableFuture<Analysis>> answers = submit(20);
        for (int i = 0; i < 500 && sidecars.get(1).requests.size() < 19; i++) {
            Thread.sleep(10);
        }
        assertEquals(List.of(1, 19), requests());
        go.countDown();
        for (CompletableFuture<Analysis> answer : answers) {
            answer.get(60, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 502, 503, 504, 0})
    void whatMayPassGoesToAnotherSidecarAtOnce(int status) throws Exception {
        start(2, "breaker.failures", 3, "breaker.open_for", "1h");
        FakeSidecar failing = sidecars.getFirst();
        failing.behavior = status == 0 ? FakeSidecar.HANGS_UP : FakeSidecar.error(status, "tired");
        for (int i = 0; i < 20; i++) {
            node.submit("QQ==").get(60, TimeUnit.SECONDS);
        }
        assertEquals(20, sidecars.get(1).requests.size());
        NodeStats stats = node.monitor.stats();
        boolean busy = status == 429;
        assertEquals(busy ? "closed" : "open", stats.sidecars().getFirst().breaker());
        assertEquals(failing.requests.size(), stats.requests().retries());
        assertTrue(busy || failing.requests.size() == 3, "requests: " + failing.requests.size());
    }

    @ParameterizedTest
    @CsvSource({"400", "401", "404", "415", "422", "500", "302"})
    void whatWouldFailAgainIsNotTriedAgain(int status) throws Exception {
        start(1);
        sidecars.getFirst().behavior = FakeSidecar.error(status, "no");
        node.fault("QQ==");
        assertEquals(List.of(1), requests());
    }

    @Test
    void aTimeoutIsNotTriedAgain() throws Exception {
        start(2, "request_timeout", "200ms");
        Behavior never = (exchange, asked) -> new CountDownLatch(1).await();
        sidecars.forEach(sidecar -> sidecar.behavior = never);
        assertEquals("sidecar_timeout", node.fault("QQ==").type());
        assertEquals(1, requests().stream().mapToInt(Integer::intValue).sum());
    }

    @Test
    void triesAgainAsOftenAsTheSettingSays() throws Exception {
        start(1, "retries", 2, "breaker.failures", 1000);
        sidecars.getFirst().behavior = FakeSidecar.error(503, "tired");
        assertEquals("sidecar_unavailable", node.fault("QQ==").type());
        assertEquals(List.of(3), requests());
        node.update("retries", 0);
        node.fault("QQ==");
        assertEquals(List.of(4), requests());
        RequestStats stats = node.monitor.stats().requests();
        assertEquals(List.of(4L, 4L, 2L), List.of(stats.total(), stats.failed(), stats.retries()));
        assertEquals(2, node.monitor.stats().batches().total());
    }

    @Test
    void oneIdForAllTriesOfABatch() throws Exception {
        start(2);
        sidecars.getFirst().behavior = FakeSidecar.HANGS_UP;
        sidecars.get(1).behavior = FakeSidecar.error(500, "broken");
        AnalysisException error = null;
        for (int i = 0; i < 2; i++) {
            error = node.fault("QQ==");
        }
        List<String> ids = ids(sidecars.get(1));
        assertEquals(ids(sidecars.getFirst()), ids);
        assertEquals(2, ids.stream().distinct().count());
        assertTrue(
                error.getMessage().contains("request [" + ids.getLast() + "]"), error.getMessage());
    }

    @Test
    void retryAfterIsHonored() throws Exception {
        start(1);
        FakeSidecar sidecar = sidecars.getFirst();
        sidecar.behavior =
                (exchange, asked) -> {
                    sidecar.behavior = FakeSidecar.HONEST;
                    exchange.getResponseHeaders().set("Retry-After", "1");
                    FakeSidecar.error(503, "busy").answer(exchange, asked);
                };
        long started = System.nanoTime();
        node.submit("QQ==").get(60, TimeUnit.SECONDS);
        assertTrue(System.nanoTime() - started >= TimeUnit.SECONDS.toNanos(1));
    }

    @Test
    void withoutAWorkingSidecarImagesAreAnsweredAtOnce() throws Exception {
        start(2, "retries", 0, "breaker.failures", 2, "breaker.open_for", "1h");
        sidecars.forEach(sidecar -> sidecar.behavior = FakeSidecar.error(503, "tired"));
        for (int i = 0; i < 2; i++) {
            assertEquals("sidecar_unavailable", node.fault("QQ==").type());
        }
        List<Integer> before = requests();
        for (CompletableFuture<Analysis> answer : submit(2000)) {
            AnalysisException error = TestNode.fault(answer);
            assertEquals("breaker_open", error.type());
            assertEquals(503, error.fault().restStatus().getStatus());
            assertTrue(error.getMessage().contains("found [503] tired: later"), error.toString());
            assertTrue(error.getMessage().contains("[ingest.image_synset.breaker.open_for]"));
        }
        assertEquals(before, requests());
        assertEquals(0, sidecars.getFirst().probes.get());
    }

    @Test
    void aProbeDecidesWhetherASidecarIsBack() throws Exception {
        start(1, "retries", 0, "breaker.failures", 1, "breaker.open_for", "500ms");
        FakeSidecar sidecar = sidecars.getFirst();
        sidecar.behavior = FakeSidecar.error(503, "not_ready");
        sidecar.readyStatus = 503;
        node.fault("QQ==");
        Thread.sleep(600);
        assertEquals("breaker_open", node.fault("QQ==").type());
        assertEquals(List.of(1, 1), List.of(sidecar.requests.size(), sidecar.probes.get()));
        assertEquals("open", node.monitor.stats().sidecars().getFirst().breaker());
        sidecar.readyStatus = 200;
        sidecar.behavior = FakeSidecar.HONEST;
        Thread.sleep(600);
        for (CompletableFuture<Analysis> answer : submit(50)) {
            answer.get(60, TimeUnit.SECONDS);
        }
        assertEquals(2, sidecar.probes.get());
        SidecarStats stats = node.monitor.stats().sidecars().getFirst();
        assertEquals("closed", stats.breaker());
        assertEquals(0, stats.consecutiveFailures());
        assertEquals(new Analysis.Model("toy", "1", "ab"), stats.model());
        assertTrue(stats.lastFailure().reason().contains("not_ready"));
    }

    @Test
    void aBatchTooLargeForTheSidecarIsSentInHalves() throws Exception {
        start(1, "in_flight", 1);
        FakeSidecar sidecar = sidecars.getFirst();
        CountDownLatch go = new CountDownLatch(1);
        sidecar.behavior =
                (exchange, asked) -> {
                    go.await();
                    boolean tooLarge =
                            asked.images().size() > 2
                                    || asked.images().toString().contains("image-9");
                    (tooLarge ? FakeSidecar.error(413, "too") : FakeSidecar.HONEST)
                            .answer(exchange, asked);
                };
        node.submit("first");
        List<CompletableFuture<Analysis>> answers = submit(16);
        go.countDown();
        for (int i = 0; i < 16; i++) {
            if (i == 9) {
                AnalysisException error = TestNode.fault(answers.get(i));
                assertEquals("image_too_large", error.type());
            } else {
                answers.get(i).get(60, TimeUnit.SECONDS);
            }
        }
        assertEquals("closed", node.monitor.stats().sidecars().getFirst().breaker());
    }

    @Test
    void searchesGoTheirOwnWay() throws Exception {
        start(1, "in_flight", 1, "queue.max_bytes", "80b");
        FakeSidecar sidecar = sidecars.getFirst();
        CountDownLatch go = new CountDownLatch(1);
        sidecar.behavior =
                (exchange, asked) -> {
                    if ("ingest".equals(asked.headers().getFirst("X-Priority"))) {
                        go.await();
                    }
                    FakeSidecar.HONEST.answer(exchange, asked);
                };
        CompletableFuture<Analysis> first = node.submit("a".repeat(40));
        for (int i = 0; i < 500 && sidecar.requests.isEmpty(); i++) {
            Thread.sleep(10);
        }
        CompletableFuture<Analysis> second = node.submit("b".repeat(40));
        assertEquals("queue_full", node.fault("c").type());
        node.search("d".repeat(10)).get(60, TimeUnit.SECONDS);
        QueueStats queue = node.monitor.stats().queue();
        assertEquals(new QueueStats(2, 80, 80 + 80 / 8, 1, 0), queue);
        go.countDown();
        first.get(60, TimeUnit.SECONDS);
        second.get(60, TimeUnit.SECONDS);
        assertEquals(0, node.monitor.stats().queue().bytes());
        assertEquals(
                List.of("ingest", "search", "ingest"),
                sidecar.requests.stream()
                        .map(asked -> asked.headers().getFirst("X-Priority"))
                        .toList());
        assertEquals("30000", sidecar.requests.getFirst().headers().getFirst("X-Deadline-Ms"));
    }

    private void start(int count, Object... namesAndValues) throws Exception {
        for (int i = 0; i < count; i++) {
            sidecars.add(new FakeSidecar());
        }
        String urls = String.join(",", sidecars.stream().map(FakeSidecar::url).toList());
        node = new TestNode(urls, namesAndValues);
    }

    private List<CompletableFuture<Analysis>> submit(int count) {
        return IntStream.range(0, count).mapToObj(i -> node.submit("image-" + i)).toList();
    }

    private static List<String> ids(FakeSidecar sidecar) {
        return sidecar.requests.stream()
                .map(asked -> asked.headers().getFirst("X-Request-Id"))
                .toList();
    }

    private List<Integer> requests() {
        return sidecars.stream().map(sidecar -> sidecar.requests.size()).toList();
    }
}
