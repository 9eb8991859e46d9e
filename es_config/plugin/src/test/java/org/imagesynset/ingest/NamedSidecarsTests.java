package org.imagesynset.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.common.settings.KeyStoreWrapper;
import org.imagesynset.FakeSidecar;
import org.imagesynset.TestNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Processors that ask sidecars of different names. */
class NamedSidecarsTests {
    private static final Map<String, Object> FRONT = Map.of("target_field", "front");
    private static final Map<String, Object> BACK =
            Map.of("target_field", "back", "sidecar", "shop", "on_unavailable", "pending");

    private FakeSidecar unnamed;
    private FakeSidecar shop;
    private TestNode node;

    @BeforeEach
    void start() throws Exception {
        unnamed = new FakeSidecar();
        shop = new FakeSidecar();
        KeyStoreWrapper keystore = KeyStoreWrapper.create();
        keystore.setString("ingest.image_synset.sidecar.token", "ours".toCharArray());
        node =
                new TestNode(
                        Path.of("/none"),
                        keystore,
                        unnamed.url(),
                        "sidecars.shop.urls",
                        shop.url(),
                        "retries",
                        0,
                        "breaker.failures",
                        1);
    }

    @AfterEach
    void stop() {
        node.close();
        unnamed.close();
        shop.close();
    }

    @Test
    void eachProcessorAsksItsOwn() throws Exception {
        assertEquals("ok", status(FRONT, "front"));
        assertEquals(List.of(1, 0), List.of(unnamed.requests.size(), shop.requests.size()));
        assertEquals("ok", status(BACK, "back"));
        assertEquals(List.of(1, 1), List.of(unnamed.requests.size(), shop.requests.size()));
        assertEquals(
                "Bearer ours", unnamed.requests.getFirst().headers().getFirst("Authorization"));
        assertNull(
                shop.requests.getFirst().headers().getFirst("Authorization"),
                "the token is for the sidecars without a name");
    }

    @Test
    void oneThatIsBrokenLeavesTheOther() throws Exception {
        shop.behavior = FakeSidecar.HANGS_UP;
        shop.readyStatus = 503;
        for (int i = 0; i < 3; i++) {
            assertEquals("pending", status(BACK, "back"));
            assertEquals("ok", status(FRONT, "front"));
        }
        assertEquals(1, shop.requests.size(), "its breaker is open");
        assertEquals(
                List.of("closed", "open"),
                node.monitor.stats().sidecars().stream().map(one -> one.breaker()).toList());
        String reason = node.monitor.stats().sidecars().getLast().lastFailure().reason();
        assertTrue(reason.contains("[ingest.image_synset.sidecars.shop.urls]"), reason);
    }

    @Test
    void aNameThatTheNodeDoesNotKnowIsRefused() {
        ElasticsearchException e =
                assertThrows(
                        ElasticsearchException.class,
                        () -> node.processor(Map.of("sidecar", "http://127.0.0.1:9")));
        assertEquals(400, e.status().getStatus());
        assertEquals(List.of("sidecar"), e.getMetadata("es.property_name"));
        assertTrue(
                e.getMessage().contains("has [shop], found [http://127.0.0.1:9]; set")
                        && e.getMessage().contains("[ingest.image_synset.sidecars.*.urls]"),
                e.getMessage());
    }

    private String status(Map<String, Object> options, String target) throws Exception {
        return node.process(options, "QQ==")
                .getFieldValue(target + ".image_analysis.status", String.class);
    }
}
