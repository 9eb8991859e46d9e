package org.imagesynset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.tasks.Canceling;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.TaskCancelledException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CachingImageAnalyzerTests {
    private FakeSidecar sidecar;
    private TestNode node;
    private CachingImageAnalyzer images;
    private Set<String> vocabularies = Set.of();

    @BeforeEach
    void start() throws Exception {
        sidecar = new FakeSidecar();
        node = new TestNode(sidecar.url());
        images = new CachingImageAnalyzer(node.queue, Runnable::run, node.threadPool);
    }

    @AfterEach
    void stop() {
        node.close();
        sidecar.close();
    }

    @Test
    void theSameImageIsAnalyzedOnceHoweverManyAsk() throws Exception {
        List<CompletableFuture<Map<String, Double>>> answers =
                IntStream.range(0, 50).mapToObj(i -> analyze("QQ==", 10)).toList();
        for (CompletableFuture<Map<String, Double>> answer : answers) {
            assertEquals(Map.of("tabby", 0.6, "tiger_cat", 0.3), answer.get(60, TimeUnit.SECONDS));
        }
        analyze("QQ==", 10).get(60, TimeUnit.SECONDS);
        assertEquals(List.of(1), sidecar.batchSizes());
    }

    @Test
    void anotherImageOrAnotherNumberOfSynsetsIsAnotherQuestion() throws Exception {
        analyze("QQ==", 10).get(60, TimeUnit.SECONDS);
        analyze("QQ==", 2).get(60, TimeUnit.SECONDS);
        analyze("Qg==", 10).get(60, TimeUnit.SECONDS);
        assertEquals(List.of(1, 1, 1), sidecar.batchSizes());
    }

    @Test
    void nothingIsDoneOnTheCallersThread() throws Exception {
        List<Runnable> tasks = new ArrayList<>();
        images = new CachingImageAnalyzer(node.queue, tasks::add, node.threadPool);
        CompletableFuture<Map<String, Double>> answer = analyze("\u0001", 10);
        assertEquals(1, tasks.size());
        assertFalse(answer.isDone());
        tasks.getFirst().run();
        ExecutionException error =
                assertThrows(ExecutionException.class, () -> answer.get(60, TimeUnit.SECONDS));
        assertTrue(error.getCause().getMessage().contains("U+0001"), error.getMessage());
    }

    @Test
    void aFailureHasTheFaultsStatusAndIsNotKept() throws Exception {
        assertEquals(400, status("bad:not_an_image"));
        assertEquals(400, status("bad:not_an_image"));
        assertEquals(2, sidecar.batchSizes().size());
        sidecar.behavior = (exchange, asked) -> FakeSidecar.json(exchange, 503, "{}");
        assertEquals(503, status("QQ=="));
        sidecar.behavior = FakeSidecar.HONEST;
        assertEquals(2, analyze("QQ==", 10).get(60, TimeUnit.SECONDS).size());
    }

    /** The sidecar was started with another model meanwhile. */
    @Test
    void anAnswerOfAnotherVocabularyIsAskedForAgain() throws Exception {
        analyze("QQ==", 10).get(60, TimeUnit.SECONDS);
        vocabularies = Set.of("imagenet", "shop");
        analyze("QQ==", 10).get(60, TimeUnit.SECONDS);
        assertEquals(List.of(1), sidecar.batchSizes());
        vocabularies = Set.of("shop");
        analyze("QQ==", 10).get(60, TimeUnit.SECONDS);
        assertEquals(List.of(1, 1), sidecar.batchSizes());
    }

    @Test
    void aCanceledSearchWaitsNoLongerAndItsRequestEnds() throws Exception {
        CountDownLatch cut = new CountDownLatch(1);
        sidecar.behavior = FakeSidecar.drips(cut);
        CancellableTask task = Canceling.task();
        CompletableFuture<Map<String, Double>> answer = searchAs(List.of(task), "QQ==");
        awaitRequests(1);
        Canceling.cancel(task);
        assertCanceled(answer);
        assertTrue(cut.await(60, TimeUnit.SECONDS), "the connection was left open");
        awaitNothingHeld();
        // it says nothing of the sidecar, and nothing of it is kept
        assertEquals(0, node.client.stats().getFirst().failures());
        assertEquals(0, node.client.stats().getFirst().consecutiveFailures());
        sidecar.behavior = FakeSidecar.HONEST;
        assertEquals(2, analyze("QQ==", 10).get(60, TimeUnit.SECONDS).size());
    }

    @Test
    void aCanceledSearchGivesUpItsPlaceBeforeItsTurn() throws Exception {
        node.update("in_flight", 1);
        CountDownLatch go = new CountDownLatch(1);
        sidecar.behavior =
                (exchange, asked) -> {
                    go.await();
                    FakeSidecar.HONEST.answer(exchange, asked);
                };
        CompletableFuture<Map<String, Double>> first = analyze("QQ==", 10);
        awaitRequests(1);
        CancellableTask task = Canceling.task();
        CompletableFuture<Map<String, Double>> second = searchAs(List.of(task), "Qg==");
        assertEquals(2, node.queue.stats().images());
        Canceling.cancel(task);
        assertCanceled(second);
        while (node.queue.stats().images() > 1) {
            Thread.onSpinWait();
        }
        go.countDown();
        first.get(60, TimeUnit.SECONDS);
        awaitNothingHeld();
        assertEquals(List.of(1), sidecar.batchSizes());
    }

    @Test
    void theSameImageIsAnalyzedAsLongAsOneSearchWaitsForIt() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        sidecar.behavior =
                (exchange, asked) -> {
                    go.await();
                    FakeSidecar.HONEST.answer(exchange, asked);
                };
        CancellableTask one = Canceling.task();
        CancellableTask other = Canceling.task();
        CompletableFuture<Map<String, Double>> canceled = searchAs(List.of(one), "QQ==");
        CompletableFuture<Map<String, Double>> stays = searchAs(List.of(other), "QQ==");
        awaitRequests(1);
        Canceling.cancel(one);
        assertCanceled(canceled);
        go.countDown();
        assertEquals(2, stays.get(60, TimeUnit.SECONDS).size());
        assertEquals(List.of(1), sidecar.batchSizes());
    }

    /** A template's task is around that of its search. */
    @Test
    void anyOfTheTasksAroundASearchEndsIt() throws Exception {
        CountDownLatch cut = new CountDownLatch(1);
        sidecar.behavior = FakeSidecar.drips(cut);
        CancellableTask outer = Canceling.task();
        CancellableTask inner = Canceling.task();
        CompletableFuture<Map<String, Double>> answer = searchAs(List.of(outer, inner), "QQ==");
        awaitRequests(1);
        Canceling.cancel(outer);
        Canceling.cancel(inner);
        assertCanceled(answer);
        assertTrue(cut.await(60, TimeUnit.SECONDS));
        awaitNothingHeld();
    }

    @Test
    void aSearchCanceledBeforeAsksNobody() throws Exception {
        CancellableTask task = Canceling.task();
        Canceling.cancel(task);
        assertCanceled(searchAs(List.of(task), "QQ=="));
        assertEquals(List.of(), sidecar.batchSizes());
    }

    /** While it waits for its next try, too. */
    @Test
    void aSearchThatWaitsForABusySidecarIsCanceled() throws Exception {
        sidecar.behavior =
                (exchange, asked) -> {
                    exchange.getResponseHeaders().add("Retry-After", "25");
                    FakeSidecar.json(exchange, 503, "{}");
                };
        CancellableTask task = Canceling.task();
        CompletableFuture<Map<String, Double>> answer = searchAs(List.of(task), "QQ==");
        awaitRequests(1);
        Canceling.cancel(task);
        assertCanceled(answer);
        awaitNothingHeld();
        assertEquals(List.of(1), sidecar.batchSizes());
    }

    private CompletableFuture<Map<String, Double>> searchAs(
            List<CancellableTask> tasks, String image) {
        ThreadContext context = node.threadPool.getThreadContext();
        CompletableFuture<CompletableFuture<Map<String, Double>>> answer =
                new CompletableFuture<>();
        ActionFilterChain<SearchRequest, SearchResponse> innermost =
                (task, action, request, listener) -> answer.complete(analyze(image, 10));
        ActionFilterChain<SearchRequest, SearchResponse> chain = innermost;
        MappedActionFilter filter = SearchTasks.filters(() -> context).getFirst();
        for (CancellableTask task : tasks.reversed()) {
            ActionFilterChain<SearchRequest, SearchResponse> rest = chain;
            chain =
                    (ignored, action, request, listener) ->
                            filter.apply(task, action, request, listener, rest);
        }
        chain.proceed(null, "action", new SearchRequest(), ActionListener.noop());
        assertEquals(List.of(), SearchTasks.current(context));
        return answer.join();
    }

    private static void assertCanceled(CompletableFuture<?> answer) {
        ExecutionException error =
                assertThrows(ExecutionException.class, () -> answer.get(60, TimeUnit.SECONDS));
        assertInstanceOf(TaskCancelledException.class, error.getCause());
    }

    private void awaitRequests(int count) {
        while (sidecar.requests.size() < count) {
            Thread.onSpinWait();
        }
    }

    private void awaitNothingHeld() {
        while (node.queue.stats().images() > 0
                || node.queue.stats().bytes() > 0
                || node.client.counts().requests().inFlight() > 0) {
            Thread.onSpinWait();
        }
    }

    private int status(String image) {
        ExecutionException error =
                assertThrows(
                        ExecutionException.class,
                        () -> analyze(image, 10).get(60, TimeUnit.SECONDS));
        assertTrue(error.getCause().getMessage().contains("query image"));
        return ((ElasticsearchStatusException) error.getCause()).status().getStatus();
    }

    private CompletableFuture<Map<String, Double>> analyze(String image, int topK) {
        CompletableFuture<Map<String, Double>> answer = new CompletableFuture<>();
        images.analyze(
                image,
                topK,
                vocabularies,
                ActionListener.wrap(
                        seen -> answer.complete(seen.scores()), answer::completeExceptionally));
        return answer;
    }
}
