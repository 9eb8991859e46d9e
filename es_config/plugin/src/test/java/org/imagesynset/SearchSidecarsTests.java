package org.imagesynset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.imagesynset.query.ImageAnalyzer.Seen;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SearchSidecarsTests {
    private FakeSidecar unnamed;
    private FakeSidecar art;
    private FakeSidecar shop;
    private TestNode node;

    @BeforeEach
    void start() throws Exception {
        unnamed = serving("imagenet");
        art = serving("motifs");
        shop = serving("goods");
        node =
                new TestNode(
                        unnamed.url(),
                        "sidecars.shop.urls",
                        shop.url(),
                        "sidecars.art.urls",
                        art.url(),
                        "retries",
                        0);
    }

    @AfterEach
    void stop() {
        node.close();
        Stream.of(unnamed, art, shop).forEach(FakeSidecar::close);
    }

    @ParameterizedTest
    @CsvSource({
        "'', imagenet, unnamed",
        "'', goods, shop",
        "'', motifs, art",
        "'', 'goods motifs', art",
        "'', 'goods imagenet', unnamed",
        "'', '', unnamed",
        "'', unheard, unnamed",
        "shop, imagenet, shop",
        "art, '', art"
    })
    void asksWhomTheQueryNamesOrElseWhoKnowsTheVocabulary(
            String sidecar, String vocabularies, String expected) throws Exception {
        search(sidecar, vocabularies).get(60, TimeUnit.SECONDS);
        assertEquals(expected, asked());
    }

    @Test
    void whereTheNodesOwnIsGoneTheOthersAreFound() throws Exception {
        unnamed.close();
        search("", "motifs").get(60, TimeUnit.SECONDS);
        assertEquals("art", asked());
        ExecutionException e =
                assertThrows(
                        ExecutionException.class,
                        () -> search("", "imagenet").get(60, TimeUnit.SECONDS));
        assertTrue(e.getMessage().contains("ingest.image_synset.sidecar.urls"), e.getMessage());
    }

    @Test
    void aNamedOneThatIsGoneAndWasNeverHeardOfIsReported() {
        shop.close();
        ExecutionException e =
                assertThrows(
                        ExecutionException.class,
                        () -> search("", "goods").get(60, TimeUnit.SECONDS));
        assertTrue(
                e.getMessage().contains("ingest.image_synset.sidecars.shop.urls"), e.getMessage());
    }

    @Test
    void aNameThatTheNodeDoesNotKnowIsAnError() {
        ExecutionException e =
                assertThrows(
                        ExecutionException.class,
                        () -> search("shoes", "").get(60, TimeUnit.SECONDS));
        assertInstanceOf(IllegalArgumentException.class, e.getCause());
        assertTrue(e.getMessage().contains("one of [art, shop]"), e.getMessage());
        assertTrue(e.getMessage().contains("found [shoes]"), e.getMessage());
        assertEquals(0, node.breaker.held.get());
    }

    /** Each search holds its own text, though the image may be one and the same. */
    @Test
    void textsAreCountedUntilTheyAreAnsweredAndRefusedBeyondTheLimitUnlessAlone() throws Exception {
        node.breaker.limit = 15;
        CountDownLatch answer = new CountDownLatch(1);
        unnamed.behavior =
                (exchange, asked) -> {
                    answer.await();
                    FakeSidecar.HONEST.answer(exchange, asked);
                };
        CompletableFuture<Seen> first = search("", "");
        assertEquals(16, node.breaker.held.get());
        ExecutionException e =
                assertThrows(
                        ExecutionException.class, () -> search("", "").get(60, TimeUnit.SECONDS));
        assertInstanceOf(CircuitBreakingException.class, e.getCause());
        assertTrue(e.getMessage().contains("raise breaker.image_synset.limit"), e.getMessage());
        answer.countDown();
        first.get(60, TimeUnit.SECONDS);
        assertEquals(0, node.breaker.held.get());
        search("", "").get(60, TimeUnit.SECONDS);
    }

    private String asked() {
        assertEquals(
                1,
                unnamed.requests.size() + art.requests.size() + shop.requests.size(),
                "one sidecar is asked");
        return unnamed.requests.isEmpty() ? art.requests.isEmpty() ? "shop" : "art" : "unnamed";
    }

    private CompletableFuture<Seen> search(String sidecar, String vocabularies) {
        CompletableFuture<Seen> answer = new CompletableFuture<>();
        node.images.analyze(
                "QQ==",
                10,
                sidecar,
                vocabularies.isEmpty()
                        ? Set.of()
                        : Set.copyOf(Arrays.asList(vocabularies.split(" "))),
                ActionListener.wrap(answer::complete, answer::completeExceptionally));
        return answer;
    }

    private static FakeSidecar serving(String vocabulary) throws Exception {
        FakeSidecar sidecar = new FakeSidecar();
        sidecar.modelDetails =
                "{\"name\":\"toy\",\"version\":\"1\",\"weights_sha256\":\"ab\",\"vocabulary\":{\"name\":\""
                        + vocabulary
                        + "\",\"hash\":\"ab\"}}";
        return sidecar;
    }
}
