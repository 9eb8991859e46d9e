package org.imagesynset.completion;

import static org.elasticsearch.rest.RestRequest.Method.GET;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.Strings;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.search.aggregations.bucket.filter.Filters;
import org.elasticsearch.search.aggregations.bucket.filter.FiltersAggregationBuilder;
import org.elasticsearch.search.aggregations.bucket.filter.FiltersAggregator.KeyedFilter;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.xcontent.XContentBuilder;
import org.imagesynset.query.words.Vocabulary;
import org.imagesynset.query.words.WordMatcher.Completion;

/**
 * {@code GET /<index>/_image_synset/words?q=ki}: words that begin so, each with how many photos
 * show what it leads to. The photos are counted by a search of the user's own, so only those count
 * that the user may see.
 */
public final class RestWordsAction extends BaseRestHandler {
    private static final String COUNTS = "counts";
    private static final int MOST_COUNTED = 500;
    private static final int MOST_WORDS = 5000;

    private final BiFunction<SearchRequest, String, Collection<Vocabulary>> searched;

    /**
     * @param searched the vocabularies of the indices of a search, below an object of their
     *     documents
     */
    public RestWordsAction(BiFunction<SearchRequest, String, Collection<Vocabulary>> searched) {
        this.searched = searched;
    }

    @Override
    public String getName() {
        return "image_synset_words";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(GET, "/{index}/_image_synset/words"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String beginning = request.param("q", "");
        String root = request.param("field", "");
        boolean all = request.paramAsBoolean("all", false);
        int size = request.paramAsInt("size", 10);
        if (beginning.length() > 100) {
            throw new IllegalArgumentException(
                    "expected [q] to have at most [100] characters, found ["
                            + beginning.length()
                            + "]");
        }
        if (size < 1 || size > MOST_WORDS) {
            throw new IllegalArgumentException(
                    "expected [size] to be from [1] to [" + MOST_WORDS + "], found [" + size + "]");
        }
        SearchRequest search =
                new SearchRequest(Strings.splitStringByCommaToArray(request.param("index")));
        search.indicesOptions(IndicesOptions.fromRequest(request, search.indicesOptions()));
        return channel -> {
            Map<List<String>, List<Completion>> words = words(search, root, beginning);
            String field = root.isEmpty() ? "concepts" : root + ".concepts";
            List<List<String>> counted = List.copyOf(words.keySet());
            KeyedFilter[] filters = new KeyedFilter[counted.size()];
            for (int i = 0; i < filters.length; i++) {
                filters[i] =
                        new KeyedFilter(
                                String.valueOf(i), QueryBuilders.termsQuery(field, counted.get(i)));
            }
            SearchSourceBuilder source = new SearchSourceBuilder().size(0).trackTotalHits(false);
            if (filters.length > 0) {
                source.aggregation(new FiltersAggregationBuilder(COUNTS, filters));
            }
            client.search(search.source(source), listener(channel, words, size, all));
        };
    }

    /** By the concepts that are searched for, the words that lead to them. */
    private Map<List<String>, List<Completion>> words(
            SearchRequest search, String root, String beginning) {
        Map<List<String>, List<Completion>> words = new LinkedHashMap<>();
        for (Vocabulary vocabulary : searched.apply(search, root)) {
            for (Completion word : vocabulary.matcher().completions(beginning)) {
                List<String> concepts = word.reading().searched();
                if (words.containsKey(concepts)
                        || words.size() < MOST_COUNTED
                        || beginning.isEmpty()) {
                    words.computeIfAbsent(concepts, key -> new ArrayList<>()).add(word);
                }
            }
        }
        return words;
    }

    private record Counted(Completion word, long photos, int order) {}

    private static RestBuilderListener<SearchResponse> listener(
            RestChannel channel, Map<List<String>, List<Completion>> words, int size, boolean all) {
        return new RestBuilderListener<>(channel) {
            @Override
            public RestResponse buildResponse(SearchResponse found, XContentBuilder json)
                    throws Exception {
                json.startObject().field("took", found.getTook().millis()).startArray("words");
                List<Counted> counted = count(found, words, all);
                for (Counted one : counted.subList(0, Math.min(size, counted.size()))) {
                    json.startObject()
                            .field("text", one.word().text())
                            .field(
                                    "meaning",
                                    one.word().reading().kind().name().toLowerCase(Locale.ROOT))
                            .stringListField("concepts", one.word().reading().searched())
                            .field("photos", one.photos())
                            .endObject();
                }
                json.endArray().endObject();
                return new RestResponse(RestStatus.OK, json);
            }
        };
    }

    /** Those that most photos show first; else as they were found. */
    private static List<Counted> count(
            SearchResponse found, Map<List<String>, List<Completion>> words, boolean all) {
        List<Counted> counted = new ArrayList<>();
        Filters counts = words.isEmpty() ? null : found.getAggregations().get(COUNTS);
        int number = 0;
        for (List<Completion> same : words.values()) {
            long photos = counts.getBucketByKey(String.valueOf(number++)).getDocCount();
            for (Completion word : same) {
                if (photos > 0 || all) {
                    counted.add(new Counted(word, photos, counted.size()));
                }
            }
        }
        counted.sort(
                Comparator.comparingLong(Counted::photos)
                        .reversed()
                        .thenComparing(one -> one.word().reading().kind())
                        .thenComparingInt(Counted::order));
        return counted;
    }
}
