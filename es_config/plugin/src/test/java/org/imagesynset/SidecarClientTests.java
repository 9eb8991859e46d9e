package org.imagesynset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.imagesynset.FakeSidecar.Behaviour;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SidecarClientTests {
    private FakeSidecar sidecar;
    private TestNode node;

    @BeforeEach
    void start() throws Exception {
        sidecar = new FakeSidecar();
        node =
                new TestNode(
                        sidecar.url(),
                        "request_timeout",
                        "400ms",
                        "retries",
                        0,
                        "breaker.failures",
                        1000);
    }

    @AfterEach
    void stop() {
        node.close();
        sidecar.close();
    }

    @Test
    void readsAnAnalysis() throws Exception {
        Analysis analysis = node.submit("QQ==").get(5, TimeUnit.SECONDS);
        assertEquals(new Analysis.Model("toy", "1", "ab"), analysis.model());
        assertEquals("tabby", analysis.synsets().getFirst().name());
        assertEquals(0.3, analysis.synsets().get(1).score());
        assertEquals(0.95, analysis.concepts().get("animal"));
        assertEquals(new Analysis.ImageFacts("cd", "JPEG", 4, 3, 99), analysis.image());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"}],\"top_k\":1,\"x\":[{\"",
                "back\\slash \\u0041 \n\r\t\0\u0001\u001f\u007f",
                "\ud83d\ude00 é 漢 \u2028",
                "data:image/png;base64,AAAA",
                ""
            })
    void sendsAnyTextAsItIs(String image) throws Exception {
        node.submit(image).get(5, TimeUnit.SECONDS);
        assertEquals(image, sidecar.requests.getFirst().image(0));
        assertEquals(10, sidecar.requests.getFirst().topK());
    }

    @Test
    void textThatIsNotUnicodeHarmsNobodyElse() throws Exception {
        node.submit("a\ud800b").get(5, TimeUnit.SECONDS);
        assertEquals("a?b", sidecar.requests.getFirst().image(0));
    }

    @Test
    void nobodyListens() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (TestNode lonely = new TestNode("http://127.0.0.1:" + port)) {
            AnalysisException e = fault(lonely);
            assertEquals("sidecar_unavailable", e.type());
            assertEquals(
                    "sidecar [http://127.0.0.1:"
                            + port
                            + "/]: expected a connection, found none; change [ingest.image_synset.sidecar.urls] or"
                            + " see the sidecar's log",
                    e.getMessage());
        }
    }

    @Test
    void noAnswerInTime() {
        CountDownLatch never = new CountDownLatch(1);
        expect("sidecar_timeout", "within [400ms]", (exchange, asked) -> never.await());
        expect(
                "sidecar_timeout",
                "[ingest.image_synset.request_timeout]",
                (exchange, asked) -> never.await());
        never.countDown();
    }

    @Test
    void aBodyThatDripsIsCutOffAndItsConnectionClosed() throws Exception {
        CountDownLatch hungUp = new CountDownLatch(1);
        expect(
                "sidecar_timeout",
                "expected a whole answer within [400ms], found none",
                (exchange, asked) -> {
                    exchange.getResponseHeaders().set("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, 0);
                    try {
                        while (true) {
                            exchange.getResponseBody().write(' ');
                            exchange.getResponseBody().flush();
                            Thread.sleep(20);
                        }
                    } finally {
                        hungUp.countDown();
                    }
                });
        assertTrue(hungUp.await(5, TimeUnit.SECONDS));
    }

    @Test
    void halfAnAnswer() {
        expect(
                "sidecar_unavailable",
                "expected an answer",
                (exchange, asked) -> {
                    exchange.getResponseHeaders().set("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, 500);
                    exchange.getResponseBody()
                            .write("{\"model\":".getBytes(StandardCharsets.UTF_8));
                    exchange.getResponseBody().flush();
                });
    }

    @Test
    void aConnectionClosedWithoutAWord() {
        expect("sidecar_unavailable", "expected an answer", (exchange, asked) -> exchange.close());
    }

    @Test
    void anAnswerWithoutEndIsCutOff() throws Exception {
        node.update("request_timeout", "10s");
        CountDownLatch hungUp = new CountDownLatch(1);
        expect(
                "sidecar_bad_response",
                "expected at most [1048576] bytes, found more",
                (exchange, asked) -> {
                    exchange.sendResponseHeaders(200, 0);
                    byte[] block = new byte[1 << 16];
                    try {
                        while (true) {
                            exchange.getResponseBody().write(block);
                        }
                    } finally {
                        hungUp.countDown();
                    }
                });
        assertTrue(hungUp.await(5, TimeUnit.SECONDS));
    }

    @ParameterizedTest
    @CsvSource({
        "400, sidecar_bad_response, sidecar.urls",
        "401, sidecar_unauthorized, sidecar.token",
        "413, sidecar_bad_response, batch.max_bytes",
        "422, sidecar_bad_response, sidecar.urls",
        "429, sidecar_unavailable, sidecar.urls",
        "500, sidecar_bad_response, sidecar.urls",
        "502, sidecar_unavailable, sidecar.urls",
        "503, sidecar_unavailable, sidecar.urls",
        "504, sidecar_unavailable, sidecar.urls",
        "302, sidecar_bad_response, sidecar.urls",
        "204, sidecar_bad_response, sidecar.urls"
    })
    void anotherStatus(int status, String type, String setting) {
        boolean empty = status == 204;
        Behaviour behaviour =
                (exchange, asked) -> {
                    if (empty) {
                        exchange.sendResponseHeaders(status, -1);
                    } else {
                        FakeSidecar.json(
                                exchange,
                                status,
                                "{\"error\":{\"type\":\"tired\",\"reason\":\"later\"}}");
                    }
                };
        AnalysisException e =
                expect(type, "found [" + status + "]" + (empty ? "" : " tired: later"), behaviour);
        assertTrue(
                e.getMessage().contains("[ingest.image_synset." + setting + "]"), e.getMessage());
        assertEquals(AnalysisException.Fault.SIDECAR, e.fault());
        assertEquals(503, e.fault().restStatus().getStatus());
    }

    @Test
    void anotherContentType() {
        expect(
                "sidecar_bad_response",
                "expected [application/json], found [text/html]",
                (exchange, asked) -> {
                    exchange.getResponseHeaders().set("Content-Type", "text/html");
                    exchange.sendResponseHeaders(200, 2);
                    exchange.getResponseBody().write(new byte[] {'{', '}'});
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-0.1 | scores from 0",
                "1.5  | scores from 0",
                "1e999 | scores from 0",
                "\"NaN\" | scores from 0",
                "\"Infinity\" | scores from 0",
                "NaN  | JSON",
                "-Infinity | JSON",
                "\"x\" | JSON",
                "null | JSON"
            })
    void impossibleScores(String score, String found) {
        String synset = "{\"name\":\"a\",\"wind\":\"n1\",\"words\":\"a\",\"score\":" + score + "}";
        expectBadResult(FakeSidecar.ok("0", synset, "", false), found);
        expectBadResult(FakeSidecar.ok("0", "", "\"cat\":" + score, false), found);
    }

    @Test
    void brokenRules() {
        String tabby = FakeSidecar.SYNSETS.substring(0, FakeSidecar.SYNSETS.indexOf("},") + 1);
        String dotted = tabby.replace("\"name\":\"tabby\"", "\"name\":\"a.b\"");
        expectBadResult(FakeSidecar.ok("1", tabby, "", false), "a result for each id [0]");
        expectBadResult(
                FakeSidecar.ok("0", tabby, "", false) + "," + FakeSidecar.ok("0", tabby, "", false),
                "as many");
        expectBadResult("", "as many results as images [1], found [0]");
        expectBadResult(FakeSidecar.ok("0", tabby + "," + tabby, "", false), "each synset once");
        expectBadResult(FakeSidecar.ok("0", dotted, "", false), "names without dots");
        expectBadResult(
                FakeSidecar.ok("0", tabby.replace("0.6", "0.2") + "," + tabby, "", false), "once");
        String lower = tabby.replace("0.6", "0.2").replace("\"tabby\"", "\"b\"");
        expectBadResult(FakeSidecar.ok("0", lower + "," + tabby, "", false), "descending scores");
        expectBadResult("{\"id\":\"0\"}", "a result to hold [synsets]");
        expectBadResult("{\"id\":0}", "JSON");
        expectBadResult(FakeSidecar.ok("0", tabby, "", false) + "]}x{[", "JSON");
        expect(
                "sidecar_bad_response",
                "JSON",
                (exchange, asked) -> FakeSidecar.json(exchange, 200, "[]"));
        expect(
                "sidecar_bad_response",
                "JSON",
                (exchange, asked) -> FakeSidecar.json(exchange, 200, ""));
    }

    @Test
    void moreSynsetsThanAskedFor() {
        sidecar.behaviour = FakeSidecar.HONEST;
        ExecutionException e =
                assertThrows(
                        ExecutionException.class,
                        () -> node.submit("x", new AnalyzeOptions(1, 0)).get(5, TimeUnit.SECONDS));
        assertTrue(
                e.getCause().getMessage().contains("synsets at most [1], found [2]"),
                e.getMessage());
    }

    @Test
    void aThumbnailComesOnlyWhenAskedFor() throws Exception {
        assertEquals(
                "dGh1bWI=",
                node.submit("x", new AnalyzeOptions(10, 64)).get(5, TimeUnit.SECONDS).thumbnail());
        assertEquals(64, sidecar.requests.getFirst().thumbnail());
        assertEquals(null, node.submit("x").get(5, TimeUnit.SECONDS).thumbnail());
        sidecar.behaviour =
                (exchange, asked) ->
                        FakeSidecar.json(
                                exchange,
                                200,
                                FakeSidecar.answer(
                                        asked, (a, i) -> FakeSidecar.ok("0", "", "", false)));
        assertThrows(
                ExecutionException.class,
                () -> node.submit("x", new AnalyzeOptions(10, 64)).get(5, TimeUnit.SECONDS));
    }

    @Test
    void featuresComeOnlyWhenAskedFor() throws Exception {
        assertEquals(List.of(1.5f, 0f, -0.25f), withFeatures("x").features());
        assertEquals(true, sidecar.requests.getFirst().features());
        assertEquals(null, node.submit("x").get(5, TimeUnit.SECONDS).features());
        assertEquals(null, sidecar.requests.get(1).features());
        // A sidecar that gives more than it was asked for does no harm.
        sidecar.behaviour = features("1e999");
        assertEquals(null, node.submit("x").get(5, TimeUnit.SECONDS).features());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | features, at most [4096], found [0]",
                "1e39 | features that are [finite], found [Infinity]",
                "\"NaN\" | features that are [finite], found [NaN]",
                "\"x\" | JSON",
                "NaN | JSON",
                "null | JSON"
            })
    void impossibleFeatures(String features, String found) {
        sidecar.behaviour = features(features);
        ExecutionException e = assertThrows(ExecutionException.class, () -> withFeatures("x"));
        assertTrue(e.getMessage().contains(found), e.getMessage());
    }

    @Test
    void featuresAreBoundedAndOfOneLength() {
        sidecar.behaviour = features("1" + ",1".repeat(4096));
        ExecutionException e = assertThrows(ExecutionException.class, () -> withFeatures("x"));
        assertTrue(e.getMessage().contains("at most [4096], found [4097]"), e.getMessage());
        AnalyzeRequest two = new AnalyzeRequest(new AnalyzeOptions(10, 0, true), List.of("x", "y"));
        String uneven =
                "{"
                        + FakeSidecar.MODEL
                        + ",\"results\":["
                        + FakeSidecar.withFeatures(FakeSidecar.ok("0", "", "", false), "1,2")
                        + ","
                        + FakeSidecar.withFeatures(FakeSidecar.ok("1", "", "", false), "1")
                        + "]}";
        IOException refused =
                assertThrows(
                        IOException.class,
                        () -> AnalyzeResponse.read(uneven.getBytes(StandardCharsets.UTF_8), two));
        assertEquals("expected as many features as before [2], found [1]", refused.getMessage());
        assertEquals(2 * ((1 << 20) + 4096 * 32), two.maxResponseBytes());
    }

    @Test
    void missingFeatures() {
        sidecar.behaviour =
                (exchange, asked) ->
                        FakeSidecar.json(
                                exchange,
                                200,
                                FakeSidecar.answer(
                                        asked, (a, i) -> FakeSidecar.ok("0", "", "", false)));
        ExecutionException e = assertThrows(ExecutionException.class, () -> withFeatures("x"));
        assertTrue(e.getMessage().contains("a result to hold [features]"), e.getMessage());
    }

    private Analysis withFeatures(String image) throws Exception {
        return node.submit(image, new AnalyzeOptions(10, 0, true)).get(5, TimeUnit.SECONDS);
    }

    private static Behaviour features(String features) {
        return (exchange, asked) ->
                FakeSidecar.json(
                        exchange,
                        200,
                        FakeSidecar.answer(
                                asked,
                                (a, i) ->
                                        FakeSidecar.withFeatures(
                                                FakeSidecar.ok("0", "", "", false), features)));
    }

    @Test
    void worksAgainAfterFaults() throws Exception {
        expect("sidecar_unavailable", "expected an answer", (exchange, asked) -> exchange.close());
        sidecar.behaviour = FakeSidecar.HONEST;
        assertFalse(node.submit("QQ==").get(5, TimeUnit.SECONDS).synsets().isEmpty());
    }

    private void expectBadResult(String result, String message) {
        expect(
                "sidecar_bad_response",
                message,
                (exchange, asked) ->
                        FakeSidecar.json(
                                exchange,
                                200,
                                "{" + FakeSidecar.MODEL + ",\"results\":[" + result + "]}"));
    }

    private AnalysisException expect(String type, String message, Behaviour behaviour) {
        sidecar.behaviour = behaviour;
        AnalysisException e = fault(node);
        assertEquals(type, e.type(), e.getMessage());
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertTrue(e.getMessage().startsWith("sidecar [http://127.0.0.1:"), e.getMessage());
        return e;
    }

    private static AnalysisException fault(TestNode node) {
        ExecutionException e =
                assertThrows(
                        ExecutionException.class,
                        () -> node.submit("QQ==").get(5, TimeUnit.SECONDS));
        return assertInstanceOf(AnalysisException.class, e.getCause());
    }
}
