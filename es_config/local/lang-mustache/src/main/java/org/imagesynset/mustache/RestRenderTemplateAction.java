package org.imagesynset.mustache;

import static org.elasticsearch.rest.RestRequest.Method.GET;
import static org.elasticsearch.rest.RestRequest.Method.POST;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.script.ScriptService;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;

/** Renders a search template and shows the search that it says. */
final class RestRenderTemplateAction extends BaseRestHandler {

    private final ScriptService scripts;

    RestRenderTemplateAction(ScriptService scripts) {
        this.scripts = scripts;
    }

    @Override
    public String getName() {
        return "render_search_template_standin_action";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(GET, "/_render/template"),
                new Route(POST, "/_render/template"),
                new Route(GET, "/_render/template/{id}"),
                new Route(POST, "/_render/template/{id}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
            throws IOException {
        SearchTemplate template = parseTemplate(request);
        return channel -> channel.sendResponse(response(template, channel));
    }

    private static SearchTemplate parseTemplate(RestRequest request) throws IOException {
        SearchTemplate template = SearchTemplate.EMPTY;
        if (request.hasContentOrSourceParam()) {
            try (XContentParser parser = request.contentOrSourceParamParser()) {
                template = SearchTemplate.parse(parser);
            }
        }
        return request.hasParam("id") ? template.withId(request.param("id")) : template;
    }

    private RestResponse response(SearchTemplate template, RestChannel channel) throws IOException {
        return template.renderAs(
                scripts,
                XContentParserConfiguration.EMPTY,
                search -> {
                    XContentBuilder body = channel.newBuilder();
                    body.startObject()
                            .field("template_output")
                            .copyCurrentStructure(search)
                            .endObject();
                    return new RestResponse(RestStatus.OK, body);
                });
    }
}
