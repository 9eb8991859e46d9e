package org.imagesynset.compat;

import java.util.Map;
import java.util.function.Supplier;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.ingest.IngestMetadata;
import org.elasticsearch.ingest.IngestService;
import org.elasticsearch.ingest.PipelineConfiguration;
import org.elasticsearch.plugins.Plugin.PluginServices;

/** The ingest pipelines of the cluster, its indices, and which of the pipelines an index has. */
public final class Pipelines {
    private final Supplier<ClusterState> state;

    public Pipelines(PluginServices services) {
        state = services.clusterService()::state;
    }

    /** All pipelines by their id. */
    public Map<String, PipelineConfiguration> all() {
        IngestMetadata pipelines = metadata().custom(IngestMetadata.TYPE);
        return pipelines == null ? Map.of() : pipelines.getPipelines();
    }

    /**
     * Fills in the pipelines that a request would run: its own or the default one, and the final.
     */
    public void resolve(IndexRequest request) {
        IngestService.resolvePipelinesAndUpdateIndexRequest(request, request, metadata());
    }

    /** Whether there is an index, alias or data stream of this name. */
    public boolean hasIndex(String name) {
        return metadata().hasIndexAbstraction(name);
    }

    private Metadata metadata() {
        return state.get().metadata();
    }
}
