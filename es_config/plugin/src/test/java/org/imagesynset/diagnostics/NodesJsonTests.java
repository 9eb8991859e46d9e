package org.imagesynset.diagnostics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.transport.TransportAddress;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.action.RestActions;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentFactory;
import org.elasticsearch.xcontent.XContentType;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.ingest.DocumentStats;
import org.imagesynset.queue.QueueStats;
import org.imagesynset.sidecar.BatchStats;
import org.imagesynset.sidecar.RequestStats;
import org.imagesynset.sidecar.SidecarStats;
import org.junit.jupiter.api.Test;

class NodesJsonTests {
    private static final Analysis.Model MODEL = new Analysis.Model("toy", "1", "ab");
    private static final NodeStats STATS =
            new NodeStats(
                    new QueueStats(1, 2, 3_000_000_000L, 4, 5),
                    new RequestStats(1, 12, 2, 3, 80.123, 120),
                    new BatchStats(12, 150),
                    new DocumentStats(140, 2, 1, 7, 4, 3),
                    List.of(
                            new SidecarStats(
                                    "http://127.0.0.1:8500/",
                                    "half_open",
                                    6,
                                    12,
                                    2,
                                    new SidecarStats.Failure(
                                            Instant.parse("2026-01-02T03:04:05.678Z"), "no route"),
                                    MODEL),
                            new SidecarStats("https://other", "closed", 0, 0, 0, null, null)));
    private static final String STATS_JSON =
            """
            {"queue": {"images": 1, "bytes": 2, "max_bytes": 3000000000, "rejected": 4, "stalled": 5},
             "requests": {"in_flight": 1, "total": 12, "failed": 2, "retries": 3, "mean_millis": 80.1,
                          "max_millis": 120},
             "batches": {"total": 12, "images": 150, "mean_size": 12.5},
             "documents": {"ok": 140, "failed": 2, "pending": 1, "reused": 7, "kept": 4, "without_image": 3},
             "sidecars": [
               {"url": "http://127.0.0.1:8500", "breaker": "half_open", "consecutive_failures": 6,
                "requests": 12, "failures": 2,
                "last_failure": {"at": "2026-01-02T03:04:05.678Z", "reason": "no route"},
                "model": {"name": "toy", "version": "1", "weights_sha256": "ab"}},
               {"url": "https://other", "breaker": "closed", "consecutive_failures": 0,
                "requests": 0, "failures": 0}]}
            """;

    @Test
    void statsHaveTheDocumentedShape() throws Exception {
        assertEquals(parsed(STATS_JSON), answered(StatsJson.of(Map.of("", STATS))));
    }

    @Test
    void statsOfNamedSidecarsAreDistinguishedAndInTheSums() throws Exception {
        NodeStats shop =
                new NodeStats(
                        new QueueStats(1, 1, 1, 0, 0),
                        new RequestStats(0, 4, 1, 0, 40, 200),
                        new BatchStats(4, 10),
                        new DocumentStats(9, 1, 0, 0, 0, 0),
                        List.of(new SidecarStats("https://shop/", "open", 5, 4, 1, null, null)));
        Map<String, NodeStats> both = new LinkedHashMap<>();
        both.put("", STATS);
        both.put("shop", shop);
        assertEquals(
                parsed(
                        """
                        {"queue": {"images": 2, "bytes": 3, "max_bytes": 3000000001, "rejected": 4, "stalled": 5},
                         "requests": {"in_flight": 1, "total": 16, "failed": 3, "retries": 3, "mean_millis": 70.1,
                                      "max_millis": 200},
                         "batches": {"total": 16, "images": 160, "mean_size": 10.0},
                         "documents": {"ok": 149, "failed": 3, "pending": 1, "reused": 7, "kept": 4,
                                       "without_image": 3},
                         "sidecars": [
                           {"url": "http://127.0.0.1:8500", "breaker": "half_open", "consecutive_failures": 6,
                            "requests": 12, "failures": 2,
                            "last_failure": {"at": "2026-01-02T03:04:05.678Z", "reason": "no route"},
                            "model": {"name": "toy", "version": "1", "weights_sha256": "ab"}},
                           {"url": "https://other", "breaker": "closed", "consecutive_failures": 0,
                            "requests": 0, "failures": 0},
                           {"name": "shop", "url": "https://shop", "breaker": "open", "consecutive_failures": 5,
                            "requests": 4, "failures": 1}],
                         "named": {"shop": {
                           "queue": {"images": 1, "bytes": 1, "max_bytes": 1, "rejected": 0, "stalled": 0},
                           "requests": {"in_flight": 0, "total": 4, "failed": 1, "retries": 0, "mean_millis": 40.0,
                                        "max_millis": 200},
                           "batches": {"total": 4, "images": 10, "mean_size": 2.5},
                           "documents": {"ok": 9, "failed": 1, "pending": 0, "reused": 0, "kept": 0,
                                         "without_image": 0}}}}
                        """),
                answered(StatsJson.of(both)));
    }

    @Test
    void testsHaveTheDocumentedShape() throws Exception {
        SidecarCheck good =
                new SidecarCheck(
                        "", "http://one:1/", 41, "tabby", MODEL, Map.of("max_images", 128), null);
        SidecarCheck bad =
                new SidecarCheck(
                        "shop",
                        "http://two:2/",
                        1000,
                        null,
                        null,
                        Map.of(),
                        new SidecarCheck.Error("sidecar_unavailable", "no route"));
        assertEquals(
                parsed(
                        """
                        {"sidecars": [
                          {"url": "http://one:1", "ok": true, "took_millis": 41,
                           "top_synset": "tabby", "limits": {"max_images": 128},
                           "model": {"name": "toy", "version": "1", "weights_sha256": "ab"}},
                          {"name": "shop", "url": "http://two:2", "ok": false, "took_millis": 1000,
                           "error": {"type": "sidecar_unavailable", "reason": "no route"}}]}
                        """),
                answered(Map.of("sidecars", List.of(StatsJson.of(good), StatsJson.of(bad)))));
    }

    @Test
    void knowsItsVersions() {
        assertTrue(Versions.plugin().matches("\\d+\\.\\d+\\.\\d+"), Versions.plugin());
        assertTrue(Versions.elasticsearch().matches("[89]\\.\\d+\\.\\d+.*"));
    }

    @Test
    void thePhotoIsASmallJpeg() throws Exception {
        byte[] base64 = TransportTestAction.photo().base64().readAllBytes();
        byte[] photo = Base64.getDecoder().decode(base64);
        assertTrue(photo.length <= 6 * 1024, photo.length + " bytes");
        assertEquals((byte) 0xFF, photo[0]);
        assertEquals((byte) 0xD8, photo[1]);
    }

    /** The content as a client sees it after another node has sent it. */
    private static Object answered(Map<String, Object> content) throws Exception {
        DiscoveryNode node =
                DiscoveryNode.createLocal(
                        Settings.builder().put("node.name", "one").build(),
                        new TransportAddress(InetAddress.getLoopbackAddress(), 9300),
                        "id-1");
        BytesStreamOutput out = new BytesStreamOutput();
        new NodeAnswer(node, content).writeTo(out);
        NodeAnswer received = new NodeAnswer(out.bytes().streamInput(), node);
        NodesJson answer = new NodesJson(new ClusterName("test"), List.of(received), List.of());
        RestResponse response =
                RestActions.nodesResponse(
                        XContentFactory.jsonBuilder(), ToXContent.EMPTY_PARAMS, answer);
        Map<String, Object> json = parsed(response.content().utf8ToString());
        assertEquals(Map.of("total", 1, "successful", 1, "failed", 0), json.get("_nodes"));
        assertEquals("test", json.get("cluster_name"));
        return ((Map<?, ?>) json.get("nodes")).get("id-1");
    }

    private static Map<String, Object> parsed(String json) {
        return XContentHelper.convertToMap(new BytesArray(json), false, XContentType.JSON).v2();
    }
}
