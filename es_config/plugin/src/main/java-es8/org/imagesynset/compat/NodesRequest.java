package org.imagesynset.compat;

import org.elasticsearch.action.support.nodes.BaseNodesRequest;

/** Asks the nodes of these ids or names; none means every node. */
public final class NodesRequest extends BaseNodesRequest<NodesRequest> {
    public NodesRequest(String... nodes) {
        super(nodes);
    }
}
