package org.imagesynset.diagnostics;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.nodes.TransportNodesAction;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.imagesynset.compat.NodeRequest;
import org.imagesynset.compat.NodesRequest;

/** Asks nodes for something; each says who it is besides. */
abstract class TransportNodesJsonAction
        extends TransportNodesAction<NodesRequest, NodesJson, NodeRequest, NodeAnswer, Void> {
    TransportNodesJsonAction(
            ActionType<NodesJson> type,
            ClusterService clusterService,
            TransportService transportService,
            ActionFilters actionFilters,
            Executor executor) {
        super(
                type.name(),
                clusterService,
                transportService,
                actionFilters,
                NodeRequest::new,
                executor);
    }

    /** What this node answers, never a failure. */
    abstract void answer(ActionListener<Map<String, Object>> listener);

    @Override
    protected void nodeOperationAsync(
            NodeRequest request, Task task, ActionListener<NodeAnswer> listener) {
        DiscoveryNode node = clusterService.localNode();
        answer(
                listener.map(
                        answer -> {
                            Map<String, Object> content = new LinkedHashMap<>();
                            content.put("name", node.getName());
                            content.put("plugin_version", Versions.plugin());
                            content.put("elasticsearch_version", Versions.elasticsearch());
                            content.putAll(answer);
                            return new NodeAnswer(node, content);
                        }));
    }

    @Override
    protected NodeAnswer nodeOperation(NodeRequest request, Task task) {
        throw new UnsupportedOperationException("expected nodeOperationAsync to be called");
    }

    @Override
    protected NodesJson newResponse(
            NodesRequest request, List<NodeAnswer> nodes, List<FailedNodeException> failures) {
        return new NodesJson(clusterService.getClusterName(), nodes, failures);
    }

    @Override
    protected NodeRequest newNodeRequest(NodesRequest request) {
        return new NodeRequest();
    }

    @Override
    protected NodeAnswer newNodeResponse(StreamInput in, DiscoveryNode node) throws IOException {
        return new NodeAnswer(in, node);
    }
}
