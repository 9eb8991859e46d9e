package org.imagesynset.diagnostics;

import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;

/** What each node has done since it started. */
public final class TransportStatsAction extends TransportNodesJsonAction {
    public static final ActionType<NodesJson> TYPE =
            new ActionType<>("cluster:monitor/image_synset/stats");

    private final NodeMonitor monitor;

    @Inject
    public TransportStatsAction(
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
        ActionListener.completeWith(listener, () -> StatsJson.of(monitor.statsByName()));
    }
}
