package org.imagesynset.diagnostics;

import java.util.List;
import java.util.stream.Stream;
import org.imagesynset.ingest.DocumentStats;
import org.imagesynset.queue.QueueStats;
import org.imagesynset.sidecar.BatchStats;
import org.imagesynset.sidecar.RequestStats;
import org.imagesynset.sidecar.SidecarStats;

/**
 * What this node has done since it started with the sidecars of one name or all, and what it is
 * about now.
 *
 * @param queue images of documents and of searches
 */
public record NodeStats(
        QueueStats queue,
        RequestStats requests,
        BatchStats batches,
        DocumentStats documents,
        List<SidecarStats> sidecars) {

    public NodeStats plus(NodeStats other) {
        return new NodeStats(
                queue.plus(other.queue),
                requests.plus(other.requests),
                batches.plus(other.batches),
                documents.plus(other.documents),
                Stream.concat(sidecars.stream(), other.sidecars.stream()).toList());
    }
}
