package org.imagesynset.diagnostics;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.action.support.nodes.BaseNodesResponse;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.xcontent.ToXContentFragment;
import org.elasticsearch.xcontent.XContentBuilder;

/** The nodes' answers by node id. Made and read on the node that was asked, so never sent. */
public final class NodesJson extends BaseNodesResponse<NodeAnswer> implements ToXContentFragment {
    NodesJson(ClusterName clusterName, List<NodeAnswer> nodes, List<FailedNodeException> failures) {
        super(clusterName, nodes, failures);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject("nodes");
        for (NodeAnswer node : getNodes()) {
            builder.field(node.getNode().getId(), node.content());
        }
        return builder.endObject();
    }

    @Override
    protected List<NodeAnswer> readNodesFrom(StreamInput in) {
        return TransportAction.localOnly();
    }

    @Override
    protected void writeNodesTo(StreamOutput out, List<NodeAnswer> nodes) {
        TransportAction.localOnly();
    }
}
