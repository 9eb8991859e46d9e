package org.imagesynset.diagnostics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.ingest.DocumentStats;
import org.imagesynset.queue.QueueStats;
import org.imagesynset.sidecar.BatchStats;
import org.imagesynset.sidecar.RequestStats;
import org.imagesynset.sidecar.SidecarStats;

/**
 * Puts what a node reports into the maps and lists of its JSON; what is not known yet is absent.
 */
final class StatsJson {
    private StatsJson() {}

    /**
     * Sums of all sidecars, and the same of those of each name.
     *
     * @param byName first of those without a name, whose name is empty
     */
    static Map<String, Object> of(Map<String, NodeStats> byName) {
        Map<String, Object> all = sums(byName.values().stream().reduce(NodeStats::plus).get());
        List<Map<String, Object>> sidecars = new ArrayList<>();
        Map<String, Object> named = new LinkedHashMap<>();
        byName.forEach(
                (name, stats) -> {
                    stats.sidecars().forEach(sidecar -> sidecars.add(of(name, sidecar)));
                    if (name.isEmpty() == false) {
                        named.put(name, sums(stats));
                    }
                });
        all.put("sidecars", sidecars);
        if (named.isEmpty() == false) {
            all.put("named", named);
        }
        return all;
    }

    private static Map<String, Object> sums(NodeStats stats) {
        QueueStats queue = stats.queue();
        RequestStats requests = stats.requests();
        BatchStats batches = stats.batches();
        DocumentStats documents = stats.documents();
        return object(
                "queue",
                object(
                        "images", queue.images(),
                        "bytes", queue.bytes(),
                        "max_bytes", queue.maxBytes(),
                        "rejected", queue.rejected(),
                        "stalled", queue.stalled()),
                "requests",
                object(
                        "in_flight", requests.inFlight(),
                        "total", requests.total(),
                        "failed", requests.failed(),
                        "retries", requests.retries(),
                        "mean_millis", tenths(requests.meanMillis()),
                        "max_millis", requests.maxMillis()),
                "batches",
                object(
                        "total", batches.total(),
                        "images", batches.images(),
                        "mean_size", tenths(batches.meanSize())),
                "documents",
                object(
                        "ok", documents.ok(),
                        "failed", documents.failed(),
                        "pending", documents.pending(),
                        "reused", documents.reused(),
                        "kept", documents.kept(),
                        "without_image", documents.withoutImage()));
    }

    private static Map<String, Object> of(String name, SidecarStats sidecar) {
        SidecarStats.Failure last = sidecar.lastFailure();
        return object(
                "name", name.isEmpty() ? null : name,
                "url", address(sidecar.url()),
                "breaker", sidecar.breaker(),
                "consecutive_failures", sidecar.consecutiveFailures(),
                "requests", sidecar.requests(),
                "failures", sidecar.failures(),
                "last_failure",
                        last == null
                                ? null
                                : object("at", last.at().toString(), "reason", last.reason()),
                "model", of(sidecar.model()));
    }

    static Map<String, Object> of(SidecarCheck test) {
        SidecarCheck.Error error = test.error();
        return object(
                "name", test.name().isEmpty() ? null : test.name(),
                "url", address(test.url()),
                "ok", test.ok(),
                "took_millis", test.tookMillis(),
                "top_synset", test.topSynset(),
                "model", of(test.model()),
                "limits", test.limits().isEmpty() ? null : test.limits(),
                "error",
                        error == null
                                ? null
                                : object("type", error.type(), "reason", error.reason()));
    }

    private static Map<String, Object> of(Analysis.Model model) {
        return model == null
                ? null
                : object(
                        "name", model.name(),
                        "version", model.version(),
                        "weights_sha256", model.weightsSha256());
    }

    /** As the setting has it. */
    private static String address(String url) {
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    private static double tenths(double number) {
        return Math.round(number * 10) / 10.0;
    }

    /** Names and values in turn; a value of null leaves its name out. */
    private static Map<String, Object> object(Object... pairs) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i + 1] != null) {
                object.put((String) pairs[i], pairs[i + 1]);
            }
        }
        return object;
    }
}
