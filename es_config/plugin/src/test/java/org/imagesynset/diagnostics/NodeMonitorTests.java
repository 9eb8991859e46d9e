package org.imagesynset.diagnostics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.action.ActionListener;
import org.imagesynset.FakeSidecar;
import org.imagesynset.Images;
import org.imagesynset.OneSidecar;
import org.imagesynset.TestNode;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.ingest.DocumentStats;
import org.imagesynset.sidecar.BatchStats;
import org.imagesynset.sidecar.RequestStats;
import org.imagesynset.sidecar.SidecarStats;
import org.junit.jupiter.api.Test;

class NodeMonitorTests extends OneSidecar {

    @Test
    void nothingHasHappenedYet() {
        NodeStats stats = node.monitor.stats();
        assertEquals(new RequestStats(0, 0, 0, 0, 0, 0), stats.requests());
        assertEquals(0, stats.batches().meanSize());
        assertEquals(
                new SidecarStats(sidecar.url() + "/", "closed", 0, 0, 0, null, null),
                stats.sidecars().getFirst());
    }

    @Test
    void countsWhatBecameOfDocuments() throws Exception {
        for (String image : List.of("QQ==", "QQ==", "bad:not_an_image")) {
            node.process(Map.of(), image);
        }
        sidecar.behavior = FakeSidecar.HANGS_UP;
        node.process(Map.of(), "QQ==");
        NodeStats stats = node.monitor.stats();
        assertEquals(new DocumentStats(2, 1, 1, 0, 0, 0), stats.documents());
        assertEquals(new BatchStats(4, 4), stats.batches());
        assertEquals(1, stats.batches().meanSize());
        RequestStats requests = stats.requests();
        assertEquals(List.of(4L, 1L), List.of(requests.total(), requests.failed()));
        assertTrue(
                requests.meanMillis() > 0 && requests.maxMillis() >= (long) requests.meanMillis());
        SidecarStats one = stats.sidecars().getFirst();
        assertEquals(
                List.of(4L, 1L, 1),
                List.of(one.requests(), one.failures(), one.consecutiveFailures()));
        assertTrue(one.lastFailure().reason().contains("expected an answer"));
    }

    @Test
    void testsEverySidecarWhateverItsBreakerSays() throws Exception {
        try (FakeSidecar broken = new FakeSidecar();
                FakeSidecar other = new FakeSidecar();
                TestNode two = new TestNode(broken.url() + "," + other.url())) {
            broken.behavior = FakeSidecar.error(500, "internal_error");
            List<SidecarCheck> tests = test(two, "QQ==");
            assertEquals(List.of(false, true), tests.stream().map(SidecarCheck::ok).toList());
            assertEquals(broken.url() + "/", tests.getFirst().url());
            assertEquals("sidecar_bad_response", tests.getFirst().error().type());
            SidecarCheck good = tests.getLast();
            assertEquals("tabby", good.topSynset());
            assertEquals(new Analysis.Model("toy", "1", "ab"), good.model());
            assertEquals(Map.of("max_images", 128), good.limits());
            assertEquals(1, broken.requests.size());
        }
    }

    @Test
    void aTestOfASidecarThatHangsEnds() throws Exception {
        node.update("request_timeout", "1s");
        CountDownLatch never = new CountDownLatch(1);
        sidecar.behavior = (exchange, asked) -> never.await();
        try {
            SidecarCheck test = test(node, "QQ==").getFirst();
            assertEquals("sidecar_timeout", test.error().type());
            assertTrue(test.error().reason().contains("within [1s]"), test.error().reason());
        } finally {
            never.countDown();
        }
    }

    @Test
    void modelDetailsAreChecked() throws Exception {
        node.update("request_timeout", "20s");
        for (String details : List.of("[]", "{\"name\":\"toy\"}", "x".repeat(1 << 17))) {
            sidecar.modelDetails = details;
            SidecarCheck test = test(node, "QQ==").getFirst();
            assertFalse(test.ok(), details);
            assertEquals("sidecar_bad_response", test.error().type());
        }
        sidecar.modelDetails = "{\"name\":\"toy\",\"version\":\"1\",\"weights_sha256\":\"ab\"}";
        assertEquals(Map.of(), test(node, "QQ==").getFirst().limits());
        assertEquals("not_an_image", test(node, "bad:not_an_image").getFirst().error().type());
    }

    private static List<SidecarCheck> test(TestNode node, String image) throws Exception {
        CompletableFuture<List<SidecarCheck>> tests = new CompletableFuture<>();
        node.monitor.test(
                Images.image(image),
                ActionListener.wrap(tests::complete, tests::completeExceptionally));
        return tests.get(60, TimeUnit.SECONDS);
    }
}
