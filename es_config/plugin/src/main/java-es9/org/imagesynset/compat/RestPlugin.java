package org.imagesynset.compat;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestHandler;

/** A plugin with actions that ask nodes for answers of one type, and their REST handlers. */
public abstract class RestPlugin<R extends ActionResponse> extends Plugin implements ActionPlugin {
    protected abstract Map<ActionType<R>, Class<? extends TransportAction<NodesRequest, R>>>
            nodesActions();

    protected abstract List<RestHandler> restHandlers();

    @Override
    public final Collection<ActionHandler> getActions() {
        return nodesActions().entrySet().stream()
                .map(action -> new ActionHandler(action.getKey(), action.getValue()))
                .toList();
    }

    @Override
    public final Collection<RestHandler> getRestHandlers(
            RestHandlersServices services,
            Supplier<DiscoveryNodes> nodesInCluster,
            Predicate<NodeFeature> clusterSupportsFeature) {
        return restHandlers();
    }
}
