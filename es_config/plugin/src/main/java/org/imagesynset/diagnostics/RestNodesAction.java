package org.imagesynset.diagnostics;

import java.util.List;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.Strings;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.action.RestActions.NodesResponseRestListener;
import org.imagesynset.compat.NodesRequest;

/** Asks every node, or those that {@code nodeId} names as everywhere in Elasticsearch. */
public final class RestNodesAction extends BaseRestHandler {
    private static final String NODES = "nodeId";

    private final String name;
    private final RestRequest.Method method;
    private final ActionType<NodesJson> action;

    private RestNodesAction(String name, RestRequest.Method method, ActionType<NodesJson> action) {
        this.name = name;
        this.method = method;
        this.action = action;
    }

    /**
     * {@code GET /_image_synset/stats}, {@code GET /_image_synset/vocabulary}, {@code POST
     * /_image_synset/test}.
     */
    public static List<RestNodesAction> all() {
        return List.of(
                new RestNodesAction("stats", RestRequest.Method.GET, TransportStatsAction.TYPE),
                new RestNodesAction(
                        "vocabulary", RestRequest.Method.GET, TransportVocabularyAction.TYPE),
                // POST, because it costs each sidecar an analysis.
                new RestNodesAction("test", RestRequest.Method.POST, TransportTestAction.TYPE));
    }

    @Override
    public String getName() {
        return "image_synset_" + name;
    }

    @Override
    public List<Route> routes() {
        String path = "/_image_synset/" + name;
        return List.of(new Route(method, path), new Route(method, path + "/{" + NODES + "}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        NodesRequest nodes =
                new NodesRequest(Strings.splitStringByCommaToArray(request.param(NODES)));
        return channel -> client.execute(action, nodes, new NodesResponseRestListener<>(channel));
    }
}
