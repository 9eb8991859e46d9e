package org.imagesynset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QueriedImagesTests {
    private FakeSidecar sidecar;
    private TestNode node;
    private QueriedImages images;
    private Set<String> vocabularies = Set.of();

    @BeforeEach
    void start() throws Exception {
        sidecar = new FakeSidecar();
        node = new TestNode(sidecar.url());
        images = new QueriedImages(node.queue, Runnable::run, node.threadPool);
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
        images = new QueriedImages(node.queue, tasks::add, node.threadPool);
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
        sidecar.behaviour = (exchange, asked) -> FakeSidecar.json(exchange, 503, "{}");
        assertEquals(503, status("QQ=="));
        sidecar.behaviour = FakeSidecar.HONEST;
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
