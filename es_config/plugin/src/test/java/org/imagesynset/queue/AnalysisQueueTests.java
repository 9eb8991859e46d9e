package org.imagesynset.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.imagesynset.FakeSidecar;
import org.imagesynset.FakeSidecar.Asked;
import org.imagesynset.FakeSidecar.Behavior;
import org.imagesynset.TestNode;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AnalysisQueueTests {
    private static final AnalyzeOptions PLAIN = new AnalyzeOptions(10, AnalyzeOptions.NO_THUMBNAIL);

    private FakeSidecar sidecar;
    private TestNode node;

    @BeforeEach
    void start() throws Exception {
        sidecar = new FakeSidecar();
    }

    @AfterEach
    void stop() {
        node.close();
        sidecar.close();
    }

    @Test
    void aLoneImageIsSentAtOnce() throws Exception {
        node = new TestNode(sidecar.url());
        node.submit("warm").get(60, TimeUnit.SECONDS);
        node.submit("QQ==").get(60, TimeUnit.SECONDS);
        assertEquals(List.of(1, 1), sidecar.batchSizes());
    }

    @Test
    void fiveThousandAtOnceAllSucceedInFullBatches() throws Exception {
        node = new TestNode(sidecar.url(), "queue.max_bytes", "1mb");
        AtomicInteger most = new AtomicInteger();
        sidecar.behavior = FakeSidecar.busy(2, most);
        List<CompletableFuture<Analysis>> answers = submit(5000, "image-");
        for (CompletableFuture<Analysis> answer : answers) {
            assertEquals(2, answer.get(60, TimeUnit.SECONDS).synsets().size());
        }
        assertEquals(5000, sidecar.batchSizes().stream().mapToInt(Integer::intValue).sum());
        assertEquals(5000, new HashSet<>(images()).size(), "each image once");
        assertTrue(sidecar.requests.size() < 5000 / 12, "batches: " + sidecar.requests.size());
        assertTrue(sidecar.batchSizes().stream().allMatch(size -> size <= 16));
        assertEquals(4, most.get(), "requests at once");
    }

    @Test
    void batchesFormWhileSlotsAreTaken() throws Exception {
        node =
                new TestNode(
                        sidecar.url(),
                        "in_flight",
                        1,
                        "batch.max_items",
                        4,
                        "batch.max_bytes",
                        "20b");
        CountDownLatch go = blockFirstRequest();
        node.submit("first");
        awaitRequests(1);
        List<CompletableFuture<Analysis>> answers = new ArrayList<>(submit(5, "n"));
        answers.add(node.submit("a text of more than twenty bytes"));
        answers.add(node.submit("0123456789"));
        answers.add(node.submit("0123456789", new AnalyzeOptions(5, AnalyzeOptions.NO_THUMBNAIL)));
        answers.add(node.submit("0123456789"));
        answers.add(node.submit("x"));
        go.countDown();
        for (CompletableFuture<Analysis> answer : answers) {
            answer.get(60, TimeUnit.SECONDS);
        }
        assertEquals(List.of(1, 4, 1, 1, 1, 2, 1), sidecar.batchSizes());
        assertEquals(
                List.of(10, 10, 5, 10, 10, 10, 10),
                sidecar.requests.stream().map(Asked::topK).toList());
    }

    @Test
    void moreSlotsCountAtOnce() throws Exception {
        node = new TestNode(sidecar.url(), "in_flight", 1, "batch.max_items", 1);
        CountDownLatch go = blockFirstRequest();
        List<CompletableFuture<Analysis>> answers = submit(20, "n");
        awaitRequests(1);
        node.update("in_flight", 3);
        AtomicInteger most = new AtomicInteger();
        sidecar.behavior = FakeSidecar.busy(20, most);
        go.countDown();
        for (CompletableFuture<Analysis> answer : answers) {
            answer.get(60, TimeUnit.SECONDS);
        }
        assertEquals(3, most.get());
    }

    @Test
    void aFailingRequestTouchesOnlyItsOwnImages() throws Exception {
        node = new TestNode(sidecar.url(), "batch.max_items", 1, "breaker.failures", 1000);
        sidecar.behavior =
                (exchange, asked) -> {
                    if (asked.image(0).equals("n3")) {
                        exchange.close();
                    } else {
                        FakeSidecar.HONEST.answer(exchange, asked);
                    }
                };
        List<CompletableFuture<Analysis>> answers = submit(8, "n");
        for (int i = 0; i < 8; i++) {
            if (i == 3) {
                assertEquals("sidecar_unavailable", TestNode.fault(answers.get(i)).type());
            } else {
                answers.get(i).get(60, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void aBadImageTouchesOnlyItself() throws Exception {
        node = new TestNode(sidecar.url(), "in_flight", 1);
        CountDownLatch go = blockFirstRequest();
        node.submit("first");
        awaitRequests(1);
        CompletableFuture<Analysis> good = node.submit("good");
        CompletableFuture<Analysis> bad = node.submit("bad:not_an_image");
        CompletableFuture<Analysis> alsoGood = node.submit("good too");
        go.countDown();
        AnalysisException e = TestNode.fault(bad);
        assertEquals("not_an_image", e.type());
        assertEquals(AnalysisException.Fault.IMAGE, e.fault());
        good.get(60, TimeUnit.SECONDS);
        alsoGood.get(60, TimeUnit.SECONDS);
        assertEquals(List.of(1, 3), sidecar.batchSizes());
    }

    @Test
    void refusesMoreBytesThanItsBoundAndTakesThemLater() throws Exception {
        node = new TestNode(sidecar.url(), "queue.max_bytes", "100b", "in_flight", 1);
        CountDownLatch go = blockFirstRequest();
        CompletableFuture<Analysis> first = node.submit("a".repeat(60));
        CompletableFuture<Analysis> second = node.submit("b".repeat(40));
        AnalysisException e = TestNode.fault(node.submit("c"));
        assertEquals("queue_full", e.type());
        assertEquals(
                "image queue: expected at most [100b] held, found [100b] and this image's [1b]; change"
                        + " [ingest.image_synset.queue.max_bytes]",
                e.getMessage());
        go.countDown();
        first.get(60, TimeUnit.SECONDS);
        second.get(60, TimeUnit.SECONDS);
        node.submit("d".repeat(100)).get(60, TimeUnit.SECONDS);
    }

    @Test
    void takesALoneImageHoweverLargeItIs() throws Exception {
        node = new TestNode(sidecar.url(), "queue.max_bytes", "100b");
        node.submit("a".repeat(101)).get(60, TimeUnit.SECONDS);
        node.search("b".repeat(5000)).get(60, TimeUnit.SECONDS);
        QueueStats after = node.monitor.stats().queue();
        assertEquals(0, after.bytes());
        assertEquals(0, after.rejected());
    }

    @Test
    void countsTheBytesThatTheHeapHolds() throws Exception {
        node = new TestNode(sidecar.url(), "queue.max_bytes", "1mb", "in_flight", 1);
        CountDownLatch go = blockFirstRequest();
        CompletableFuture<Analysis> narrow = node.submit("a".repeat(60));
        // One character of two bytes, and Java holds all of the text so.
        CompletableFuture<Analysis> wide = node.submit("\ufeff" + "b".repeat(39));
        assertEquals(60 + 2 * 40, node.monitor.stats().queue().bytes());
        go.countDown();
        narrow.get(60, TimeUnit.SECONDS);
        wide.get(60, TimeUnit.SECONDS);
        assertEquals(0, node.monitor.stats().queue().bytes());
    }

    @Test
    void whatCantBeBase64IsNeverHeld() throws Exception {
        node = new TestNode(sidecar.url(), "queue.max_bytes", "100b");
        AnalysisException e = node.fault("\u0001".repeat(1000));
        assertEquals("invalid_base64", e.type());
        assertEquals(AnalysisException.Fault.IMAGE, e.fault());
        assertEquals(List.of(), sidecar.batchSizes());
        assertEquals(0, node.monitor.stats().queue().rejected());
    }

    @Test
    void givesUpWhatWaitsWhenTheSidecarStalls() throws Exception {
        node =
                new TestNode(
                        sidecar.url(),
                        "stall_timeout",
                        "300ms",
                        "request_timeout",
                        "1s",
                        "in_flight",
                        1);
        CountDownLatch never = new CountDownLatch(1);
        sidecar.behavior = (exchange, asked) -> never.await();
        CompletableFuture<Analysis> sent = node.submit("sent");
        awaitRequests(1);
        List<CompletableFuture<Analysis>> answers = submit(50, "n");
        for (CompletableFuture<Analysis> answer : answers) {
            AnalysisException e = TestNode.fault(answer);
            assertEquals("stalled", e.type());
            assertTrue(e.getMessage().contains("within [300ms]"), e.getMessage());
            assertTrue(
                    e.getMessage().contains("change [ingest.image_synset.stall_timeout]"),
                    e.getMessage());
        }
        assertEquals("sidecar_timeout", TestNode.fault(sent).type());
        sidecar.behavior = FakeSidecar.HONEST;
        node.submit("later").get(60, TimeUnit.SECONDS);
    }

    @Test
    void aShorterStallTimeoutCountsForWhatWaitsAlready() throws Exception {
        node = new TestNode(sidecar.url(), "in_flight", 1);
        CountDownLatch never = new CountDownLatch(1);
        sidecar.behavior = (exchange, asked) -> never.await();
        node.submit("sent");
        awaitRequests(1);
        CompletableFuture<Analysis> waiting = node.submit("waiting");
        node.update("stall_timeout", "100ms");
        assertEquals("stalled", TestNode.fault(waiting).type());
    }

    @Test
    void aSlowSidecarThatMakesProgressIsNeverGivenUp() throws Exception {
        node =
                new TestNode(
                        sidecar.url(), "stall_timeout", "1s", "in_flight", 1, "batch.max_items", 1);
        sidecar.behavior = FakeSidecar.busy(150, new AtomicInteger());
        // Ten times 150 ms in a row: the last waits for longer than the stall timeout.
        for (CompletableFuture<Analysis> answer : submit(10, "n")) {
            answer.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void answersInTheCallersContextOnTheOwnExecutor() throws Exception {
        node = new TestNode(sidecar.url());
        ThreadContext context = node.threadPool.getThreadContext();
        CompletableFuture<String> seen = new CompletableFuture<>();
        try (ThreadContext.StoredContext ignored = context.stashContext()) {
            context.putHeader("user", "alice");
            node.queue.submit(
                    "QQ==",
                    PLAIN,
                    ActionListener.running(
                            () ->
                                    seen.complete(
                                            context.getHeader("user")
                                                    + Thread.currentThread().getName())));
        }
        String answer = seen.get(60, TimeUnit.SECONDS);
        assertTrue(answer.startsWith("alice"), answer);
        assertTrue(answer.contains("[image_synset]"), answer);
    }

    @Test
    void aListenerThatThrowsHarmsNobodyElse() throws Exception {
        node = new TestNode(sidecar.url(), "in_flight", 1);
        CountDownLatch go = blockFirstRequest();
        node.submit("first");
        awaitRequests(1);
        List<String> calls = new ArrayList<>();
        node.queue.submit(
                "thrower",
                PLAIN,
                new ActionListener<>() {
                    @Override
                    public void onResponse(Analysis analysis) {
                        calls.add("response");
                        throw new IllegalStateException("thrown by the test");
                    }

                    @Override
                    public void onFailure(Exception e) {
                        calls.add("failure");
                    }
                });
        CompletableFuture<Analysis> next = node.submit("next");
        go.countDown();
        next.get(60, TimeUnit.SECONDS);
        assertEquals(List.of("response"), calls);
    }

    @Test
    void everybodyIsAnsweredWhenTheNodeCloses() throws Exception {
        node = new TestNode(sidecar.url(), "in_flight", 1);
        CountDownLatch never = new CountDownLatch(1);
        sidecar.behavior = (exchange, asked) -> never.await();
        CompletableFuture<Analysis> sent = node.submit("sent");
        awaitRequests(1);
        CompletableFuture<Analysis> waiting = node.submit("waiting");
        node.close();
        assertEquals("sidecar_unavailable", TestNode.fault(sent).type());
        assertEquals("sidecar_unavailable", TestNode.fault(waiting).type());
        assertEquals("sidecar_unavailable", TestNode.fault(node.submit("late")).type());
    }

    private List<CompletableFuture<Analysis>> submit(int count, String prefix) {
        List<CompletableFuture<Analysis>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(node.submit(prefix + i));
        }
        return answers;
    }

    private List<String> images() {
        List<String> images = new ArrayList<>();
        for (Asked asked : sidecar.requests) {
            for (int i = 0; i < asked.images().size(); i++) {
                images.add(asked.image(i));
            }
        }
        return images;
    }

    /** The request that comes next waits for the latch; those after it are answered at once. */
    private CountDownLatch blockFirstRequest() {
        CountDownLatch go = new CountDownLatch(1);
        Behavior later = FakeSidecar.HONEST;
        sidecar.behavior =
                (exchange, asked) -> {
                    go.await();
                    later.answer(exchange, asked);
                };
        return go;
    }

    private void awaitRequests(int count) throws InterruptedException {
        for (int i = 0; i < 500 && sidecar.requests.size() < count; i++) {
            Thread.sleep(10);
        }
        assertEquals(count, sidecar.requests.size());
    }
}
