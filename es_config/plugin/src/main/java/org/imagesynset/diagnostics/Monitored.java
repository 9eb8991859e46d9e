package org.imagesynset.diagnostics;

import java.util.List;
import org.imagesynset.http.SidecarApi;
import org.imagesynset.ingest.DocumentCounts;
import org.imagesynset.queue.AnalysisQueue;
import org.imagesynset.queue.QueueStats;
import org.imagesynset.settings.ImageSynsetSettings;
import org.imagesynset.sidecar.SidecarClient;

/**
 * The sidecars of one name, and what waits for them.
 *
 * @param name empty for those without one
 */
public record Monitored(
        String name,
        ImageSynsetSettings settings,
        SidecarApi api,
        SidecarClient client,
        List<AnalysisQueue> queues,
        DocumentCounts documents) {

    NodeStats stats() {
        return new NodeStats(
                queues.stream().map(AnalysisQueue::stats).reduce(QueueStats::plus).get(),
                client.counts().requests(),
                client.counts().batches(),
                documents.stats(),
                client.stats());
    }
}
