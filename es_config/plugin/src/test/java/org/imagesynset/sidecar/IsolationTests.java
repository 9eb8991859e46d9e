package org.imagesynset.sidecar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.logging.log4j.Level;
import org.elasticsearch.action.ActionListener;
import org.imagesynset.FakeSidecar;
import org.imagesynset.FakeSidecar.Asked;
import org.imagesynset.FakeSidecar.Behavior;
import org.imagesynset.Images;
import org.imagesynset.OneSidecar;
import org.imagesynset.TestNode;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageResult;
import org.imagesynset.analysis.Priority;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An image that fails its whole batch is found, and harms neither the others nor the sidecar. */
class IsolationTests extends OneSidecar {
    private static final Behavior HALF = (exchange, asked) -> FakeSidecar.json(exchange, 200, "{");

    private static Behavior poisoned(Behavior fault) {
        return (exchange, asked) -> {
            if (isPoisoned(asked)) {
                fault.answer(exchange, asked);
            } else {
                FakeSidecar.HONEST.answer(exchange, asked);
            }
        };
    }

    private static boolean isPoisoned(Asked asked) {
        return IntStream.range(0, asked.images().size())
                .anyMatch(i -> asked.image(i).startsWith("poison"));
    }

    private static Behavior fault(String name) {
        return switch (name) {
            case "half an answer" -> HALF;
            case "hangs up" -> FakeSidecar.HANGS_UP;
            case "too long" ->
                    (exchange, asked) ->
                            FakeSidecar.json(
                                    exchange, 200, " ".repeat(asked.images().size() << 21));
            case "late" -> (exchange, asked) -> late(exchange);
            default -> FakeSidecar.error(Integer.parseInt(name), "no");
        };
    }

    private static void late(HttpExchange exchange) throws InterruptedException {
        new CountDownLatch(1).await();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "500",
                "400",
                "422",
                "502",
                "half an answer",
                "too long",
                "hangs up",
                "late"
            })
    void theOthersAreAnalyzedAndThePoisonHasItsOwnReason(String fault) throws Exception {
        if (fault.equals("late")) {
            node.update("request_timeout", "2s");
        } else {
            node.update("breaker.failures", "3");
        }
        sidecar.behavior = poisoned(fault(fault));
        List<String> images = new ArrayList<>(Collections.nCopies(15, "QQ=="));
        images.add(7, "poison");
        List<ImageResult> results = analyze(images);
        for (int i = 0; i < images.size(); i++) {
            assertEquals(i != 7, results.get(i) instanceof Analysis, fault + " " + i);
        }
        AnalysisException error = (AnalysisException) results.get(7);
        assertEquals(AnalysisException.Fault.SIDECAR, error.fault());
        assertTrue(
                error.getMessage()
                        .endsWith("it was sent alone, and [15] others of its batch succeeded"),
                error.getMessage());
        assertEquals("closed", node.monitor.stats().sidecars().getFirst().breaker());
        assertEquals(17, sidecar.requests.size());
    }

    @Test
    void manyPoisonsDoNotOpenTheBreakerOfASidecarThatWorks() throws Exception {
        node.update("breaker.failures", "2");
        sidecar.behavior = poisoned(FakeSidecar.error(500, "internal_error"));
        for (int bulk = 0; bulk < 20; bulk++) {
            List<String> images = new ArrayList<>(Collections.nCopies(8, "poison"));
            images.addAll(bulk % 2 * 8, Collections.nCopies(8, "QQ=="));
            List<ImageResult> results = analyze(images);
            assertEquals(8, results.stream().filter(Analysis.class::isInstance).count());
            assertEquals("closed", node.monitor.stats().sidecars().getFirst().breaker());
        }
    }

    /** The batch has failed four times, and the fifth failure in a row would open the breaker. */
    @Test
    void anImageThatBreaksTheConnectionIsFoundWhereverItStands() throws Exception {
        try (TestNode usual = new TestNode(sidecar.url())) {
            sidecar.behavior = poisoned(FakeSidecar.HANGS_UP);
            for (int position : new int[] {0, 3, 7}) {
                List<String> images = new ArrayList<>(Collections.nCopies(7, "QQ=="));
                images.addAll(position, List.of("poison", "poison 2"));
                List<ImageResult> results = analyze(usual, images);
                assertEquals(7, results.stream().filter(Analysis.class::isInstance).count());
                assertEquals("closed", usual.monitor.stats().sidecars().getFirst().breaker());
            }
        }
    }

    /** Otherwise little would be left for the next batch until the breaker opens. */
    @Test
    void aLoneImageThatBreaksTheConnectionCountsOnceHoweverOftenItIsTried() throws Exception {
        try (TestNode usual = new TestNode(sidecar.url())) {
            sidecar.behavior = FakeSidecar.HANGS_UP;
            usual.fault("QQ==");
            SidecarStats stats = usual.monitor.stats().sidecars().getFirst();
            assertEquals(4, stats.failures());
            assertEquals(1, stats.consecutiveFailures());
        }
    }

    @Test
    void batchesOfWhichNothingSucceedsCountOnceEach() throws Exception {
        node.update("breaker.failures", "3");
        sidecar.behavior = FakeSidecar.error(500, "internal_error");
        for (int failed = 1; failed <= 3; failed++) {
            List<ImageResult> results = analyze(Collections.nCopies(4, "QQ=="));
            for (ImageResult result : results) {
                String reason = ((AnalysisException) result).getMessage();
                assertFalse(reason.contains("others of its batch"), reason);
            }
            SidecarStats stats = node.monitor.stats().sidecars().getFirst();
            assertEquals(failed, stats.consecutiveFailures());
            assertEquals(5 * failed, stats.failures());
        }
        assertEquals("open", node.monitor.stats().sidecars().getFirst().breaker());
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 404, 429, 503})
    void whatIsNotAnImagesDoingIsNotSentAgain(int status) throws Exception {
        sidecar.behavior = FakeSidecar.error(status, "no");
        assertThrows(ExecutionException.class, () -> analyze(Collections.nCopies(4, "QQ==")));
        assertEquals(List.of(4), sidecar.batchSizes());
    }

    @Test
    void anImageThatIsAtFaultSaysThatTheSidecarWorks() throws Exception {
        node.update("breaker.failures", "1");
        sidecar.behavior = poisoned(FakeSidecar.error(500, "internal_error"));
        List<ImageResult> results = analyze(List.of("poison", "bad:not_an_image"));
        assertEquals("sidecar_bad_response", ((AnalysisException) results.get(0)).type());
        assertEquals("not_an_image", ((AnalysisException) results.get(1)).type());
        assertEquals("closed", node.monitor.stats().sidecars().getFirst().breaker());
    }

    /** When both halves fail the outage has not ended. */
    @Test
    void theLogSaysThatImagesAreAnalyzedAgainOnlyWhenTheyAre() throws Exception {
        try (LoggedLines log = new LoggedLines(SidecarClient.class, Level.INFO)) {
            sidecar.behavior =
                    (exchange, asked) ->
                            FakeSidecar.error(asked.images().size() > 1 ? 413 : 503, "no")
                                    .answer(exchange, asked);
            analyze(List.of("QQ==", "Qg=="));
            assertEquals(1, log.lines().size(), log.lines().toString());
            assertTrue(log.lines().getFirst().startsWith("images can't be analyzed: sidecar ["));
            sidecar.behavior = FakeSidecar.HONEST;
            analyze(List.of("QQ=="));
            assertEquals("images are analyzed again", log.lines().getLast());
            assertEquals(2, log.lines().size(), log.lines().toString());
        }
    }

    @Test
    void withDebugTheLogHasTheIdOfARequestAndNoImage() throws Exception {
        try (LoggedLines log = new LoggedLines(SidecarClient.class, Level.DEBUG)) {
            analyze(List.of("QUJDREVGR0hJSktM", "bad:not_an_image"));
            String id = sidecar.requests.getFirst().headers().getFirst("X-Request-Id");
            assertEquals(1, log.lines().size(), log.lines().toString());
            String line = log.lines().getFirst();
            assertTrue(line.startsWith("request [" + id + "] of [2] images to sidecar ["), line);
            assertEquals(-1, line.indexOf("QUJD"), line);
        }
    }

    private List<ImageResult> analyze(List<String> images) throws Exception {
        return analyze(node, images);
    }

    private static List<ImageResult> analyze(TestNode node, List<String> images) throws Exception {
        CompletableFuture<List<ImageResult>> answer = new CompletableFuture<>();
        node.client.analyze(
                Priority.INGEST,
                new AnalyzeOptions(10, AnalyzeOptions.NO_THUMBNAIL),
                images.stream().map(Images::image).toList(),
                ActionListener.wrap(answer::complete, answer::completeExceptionally));
        return answer.get(60, TimeUnit.SECONDS);
    }
}
