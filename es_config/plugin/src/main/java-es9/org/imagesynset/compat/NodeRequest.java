package org.imagesynset.compat;

import java.io.IOException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.transport.AbstractTransportRequest;

/** Asks one node; there is nothing to add. */
public final class NodeRequest extends AbstractTransportRequest {
    public NodeRequest() {}

    public NodeRequest(StreamInput in) throws IOException {
        super(in);
    }
}
