package org.imagesynset.mustache;

import static org.elasticsearch.rest.RestRequest.Method.GET;
import static org.elasticsearch.rest.RestRequest.Method.POST;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.action.RestCancellableNodeClient;
import org.elasticsearch.rest.action.RestRefCountedChunkedToXContentListener;
import org.elasticsearch.rest.action.search.RestSearchAction;
import org.elasticsearch.script.ScriptService;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.internal.SearchContext;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;

/** Renders a search template and runs the search that it says. */
final class RestSearchTemplateAction extends BaseRestHandler {

    private final ScriptService scripts;
    private final Predicate<NodeFeature> clusterSupportsFeature;

    RestSearchTemplateAction(ScriptService scripts, Predicate<NodeFeature> clusterSupportsFeature) {
        this.scripts = scripts;
        this.clusterSupportsFeature = clusterSupportsFeature;
    }

    @Override
    public String getName() {
        return "search_template_standin_action";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(GET, "/_search/template"),
                new Route(POST, "/_search/template"),
                new Route(GET, "/{index}/_search/template"),
                new Route(POST, "/{index}/_search/template"));
    }

    @Override
    protected Set<String> responseParams() {
        return RestSearchAction.RESPONSE_PARAMS;
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
            throws IOException {
        SearchRequest search = new SearchRequest();
        RestSearchAction.parseSearchRequest(
                search, request, null, clusterSupportsFeature, size -> search.source().size(size));
        SearchTemplate template = parseTemplate(request);
        XContentParserConfiguration parserConfig = request.contentParserConfig();
        return channel -> {
            SearchSourceBuilder source = parseSource(template, parserConfig);
            trackTotalHits(search, source);
            search.source(source);
            new RestCancellableNodeClient(client, request.getHttpChannel())
                    .execute(
                            TransportSearchAction.TYPE,
                            search,
                            new RestRefCountedChunkedToXContentListener<>(channel));
        };
    }

    private static SearchTemplate parseTemplate(RestRequest request) throws IOException {
        try (XContentParser parser = request.contentOrSourceParamParser()) {
            SearchTemplate template = SearchTemplate.parse(parser);
            return template.withExplain(request.paramAsBoolean("explain", template.explain()));
        }
    }

    private SearchSourceBuilder parseSource(
            SearchTemplate template, XContentParserConfiguration parserConfig) {
        return template.renderAs(
                scripts,
                parserConfig,
                search ->
                        new SearchSourceBuilder()
                                .parseXContent(search, false, clusterSupportsFeature)
                                .explain(template.explain())
                                .profile(template.profile()));
    }

    /**
     * <code>rest_total_hits_as_int</code> asked for an exact count before the template's text was
     * known.
     */
    private static void trackTotalHits(SearchRequest search, SearchSourceBuilder source) {
        Integer asked = search.source() == null ? null : search.source().trackTotalHitsUpTo();
        if (asked == null) {
            return;
        }
        Integer rendered = source.trackTotalHitsUpTo();
        if (rendered == null) {
            source.trackTotalHitsUpTo(asked);
        } else if (rendered != SearchContext.TRACK_TOTAL_HITS_ACCURATE
                && rendered != SearchContext.TRACK_TOTAL_HITS_DISABLED) {
            throw new IllegalArgumentException(
                    "Expected [track_total_hits] true or false with [rest_total_hits_as_int], found ["
                            + rendered
                            + "]");
        }
    }
}
