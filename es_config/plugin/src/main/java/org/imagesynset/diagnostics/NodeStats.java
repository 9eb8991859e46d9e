package org.imagesynset.diagnostics;

import java.util.List;
import org.imagesynset.ingest.DocumentStats;
import org.imagesynset.queue.QueueStats;
import org.imagesynset.sidecar.BatchStats;
import org.imagesynset.sidecar.RequestStats;
import org.imagesynset.sidecar.SidecarStats;

/**
 * What this node has done since it started, and what it is about now.
 *
 * @param queue images of documents and of searches
 */
public record NodeStats(
        QueueStats queue,
        RequestStats requests,
        BatchStats batches,
        DocumentStats documents,
        List<SidecarStats> sidecars) {}
