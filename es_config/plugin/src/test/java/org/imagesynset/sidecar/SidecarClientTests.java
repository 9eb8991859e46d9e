package org.imagesynset.sidecar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.imagesynset.FakeSidecar;
import org.imagesynset.FakeSidecar.Behavior;
import org.imagesynset.OneSidecar;
import org.imagesynset.TestNode;
import org.imagesynset.analysis.AnalysisException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may happen to a request on its way to a sidecar and back. */
class SidecarClientTests extends OneSidecar {
    @Test
    void nobodyListens() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (TestNode lonely = new TestNode("http://127.0.0.1:" + port, "retries", 0)) {
            AnalysisException e = lonely.fault("QQ==");
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
        node.update("request_timeout", "400ms");
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
        node.update("request_timeout", "400ms");
        CountDownLatch hungUp = new CountDownLatch(1);
        expect(
                "sidecar_timeout",
                "expected a complete answer within [400ms], found none",
                FakeSidecar.drips(hungUp));
        assertTrue(hungUp.await(60, TimeUnit.SECONDS));
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
        expect("sidecar_unavailable", "expected an answer", FakeSidecar.HANGS_UP);
    }

    @Test
    void anAnswerWithoutEndIsCutOff() throws Exception {
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
        assertTrue(hungUp.await(60, TimeUnit.SECONDS));
    }

    @ParameterizedTest
    @CsvSource({
        "400, sidecar_bad_response, sidecar.urls",
        "401, sidecar_unauthorized, sidecar.token",
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
        Behavior behavior =
                (exchange, asked) -> {
                    if (empty) {
                        exchange.sendResponseHeaders(status, -1);
                    } else {
                        FakeSidecar.error(status, "tired").answer(exchange, asked);
                    }
                };
        AnalysisException e =
                expect(type, "found [" + status + "]" + (empty ? "" : " tired: later"), behavior);
        assertTrue(
                e.getMessage().contains("[ingest.image_synset." + setting + "]"), e.getMessage());
        assertEquals(AnalysisException.Fault.SIDECAR, e.fault());
        assertEquals(503, e.fault().restStatus().getStatus());
    }

    /** No later try has a smaller image: it would be pending forever. */
    @Test
    void anImageThatIsTooLargeAloneIsAtFault() {
        AnalysisException e =
                expect(
                        "image_too_large",
                        "found [413] tired: later for this image alone",
                        FakeSidecar.error(413, "tired"));
        assertTrue(e.getMessage().contains("SIDECAR_MAX_REQUEST_BYTES"), e.getMessage());
        assertEquals(AnalysisException.Fault.IMAGE, e.fault());
    }

    @Test
    void worksAgainAfterFaults() throws Exception {
        expect("sidecar_unavailable", "expected an answer", FakeSidecar.HANGS_UP);
        sidecar.behavior = FakeSidecar.HONEST;
        assertFalse(node.submit("QQ==").get(60, TimeUnit.SECONDS).synsets().isEmpty());
    }
}
