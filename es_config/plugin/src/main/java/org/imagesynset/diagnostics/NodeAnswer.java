package org.imagesynset.diagnostics;

import java.io.IOException;
import java.util.Map;
import org.elasticsearch.action.support.nodes.BaseNodeResponse;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;

/**
 * One node's answer, in the shape of its JSON. That is what is sent between nodes too, so nodes
 * with different versions of this plugin understand each other.
 */
public final class NodeAnswer extends BaseNodeResponse {
    private final Map<String, Object> content;

    /**
     * @param content maps, lists, strings, numbers and booleans
     */
    NodeAnswer(DiscoveryNode node, Map<String, Object> content) {
        super(node);
        this.content = content;
    }

    NodeAnswer(StreamInput in, DiscoveryNode node) throws IOException {
        super(in, node);
        content = in.readGenericMap();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeGenericMap(content);
    }

    Map<String, Object> content() {
        return content;
    }
}
