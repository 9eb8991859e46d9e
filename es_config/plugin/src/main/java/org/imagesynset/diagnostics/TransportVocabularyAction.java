package org.imagesynset.diagnostics;

import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** The vocabularies of the sidecars that each node asks. */
public final class TransportVocabularyAction extends TransportNodesJsonAction {
    public static final ActionType<NodesJson> TYPE =
            new ActionType<>("cluster:monitor/image_synset/vocabulary");

    private final NodeMonitor monitor;

    @Inject
    public TransportVocabularyAction(
            ClusterService clusterService,
            TransportService transportService,
            ActionFilters actionFilters,
            ThreadPool threadPool,
            NodeMonitor monitor) {
        super(
                TYPE,
                clusterService,
                transportService,
                actionFilters,
                threadPool.executor(ThreadPool.Names.MANAGEMENT));
        this.monitor = monitor;
    }

    @Override
    void answer(ActionListener<Map<String, Object>> listener) {
        monitor.vocabularies(listener.map(sidecars -> Map.of("sidecars", sidecars)));
    }
}
