package org.imagesynset.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.imagesynset.FakeSidecar;
import org.imagesynset.FakeSidecar.Behavior;
import org.imagesynset.Images;
import org.imagesynset.OneSidecar;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalyzeOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An answer's content, checked against what was asked. */
class AnalyzeResponseParserTests extends OneSidecar {
    @Test
    void readsAnAnalysis() throws Exception {
        Analysis analysis = node.submit("QQ==").get(60, TimeUnit.SECONDS);
        assertEquals(new Analysis.Model("toy", "1", "ab"), analysis.model());
        assertEquals("tabby", analysis.synsets().getFirst().name());
        assertEquals(0.3, analysis.synsets().get(1).score());
        assertEquals(0.95, analysis.concepts().get("animal"));
        assertEquals(new Analysis.ImageFacts("cd", "JPEG", 4, 3, 99), analysis.image());
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
        sidecar.behavior = FakeSidecar.HONEST;
        ExecutionException e =
                assertThrows(
                        ExecutionException.class,
                        () -> node.submit("x", new AnalyzeOptions(1, 0)).get(60, TimeUnit.SECONDS));
        assertTrue(
                e.getCause().getMessage().contains("synsets at most [1], found [2]"),
                e.getMessage());
    }

    @Test
    void aThumbnailComesOnlyWhenAskedFor() throws Exception {
        assertEquals(
                "dGh1bWI=",
                node.submit("x", new AnalyzeOptions(10, 64)).get(60, TimeUnit.SECONDS).thumbnail());
        assertEquals(64, sidecar.requests.getFirst().thumbnail());
        assertEquals(null, node.submit("x").get(60, TimeUnit.SECONDS).thumbnail());
        sidecar.behavior = FakeSidecar.result(FakeSidecar.ok("0", "", "", false));
        assertThrows(
                ExecutionException.class,
                () -> node.submit("x", new AnalyzeOptions(10, 64)).get(60, TimeUnit.SECONDS));
    }

    @Test
    void featuresComeOnlyWhenAskedFor() throws Exception {
        assertEquals(List.of(1.5f, 0f, -0.25f), withFeatures("x").features());
        assertEquals(true, sidecar.requests.getFirst().features());
        assertEquals(null, node.submit("x").get(60, TimeUnit.SECONDS).features());
        assertEquals(null, sidecar.requests.get(1).features());
        // A sidecar that gives more than it was asked for does no harm.
        sidecar.behavior = features("1e999");
        assertEquals(null, node.submit("x").get(60, TimeUnit.SECONDS).features());
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
        sidecar.behavior = features(features);
        ExecutionException e = assertThrows(ExecutionException.class, () -> withFeatures("x"));
        assertTrue(e.getMessage().contains(found), e.getMessage());
    }

    @Test
    void featuresAreBoundedAndOfOneLength() {
        sidecar.behavior = features("1" + ",1".repeat(4096));
        ExecutionException e = assertThrows(ExecutionException.class, () -> withFeatures("x"));
        assertTrue(e.getMessage().contains("at most [4096], found [4097]"), e.getMessage());
        AnalyzeRequest two =
                new AnalyzeRequest(
                        new AnalyzeOptions(10, 0, true),
                        List.of(Images.image("x"), Images.image("y")));
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
                        () ->
                                AnalyzeResponseParser.read(
                                        uneven.getBytes(StandardCharsets.UTF_8), two));
        assertEquals("expected as many features as before [2], found [1]", refused.getMessage());
        assertEquals(2 * ((1 << 20) + 4096 * 32), two.maxResponseBytes());
    }

    @Test
    void missingFeatures() {
        sidecar.behavior = FakeSidecar.result(FakeSidecar.ok("0", "", "", false));
        ExecutionException e = assertThrows(ExecutionException.class, () -> withFeatures("x"));
        assertTrue(e.getMessage().contains("a result to hold [features]"), e.getMessage());
    }

    private Analysis withFeatures(String image) throws Exception {
        return node.submit(image, new AnalyzeOptions(10, 0, true)).get(60, TimeUnit.SECONDS);
    }

    private static Behavior features(String features) {
        return FakeSidecar.result(
                FakeSidecar.withFeatures(FakeSidecar.ok("0", "", "", false), features));
    }

    private void expectBadResult(String result, String message) {
        expect("sidecar_bad_response", message, FakeSidecar.result(result));
    }
}
