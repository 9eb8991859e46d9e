package org.imagesynset.query.feedback;

import java.util.Collection;
import java.util.function.BiFunction;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.search.SearchExtBuilder;
import org.elasticsearch.tasks.Task;
import org.imagesynset.query.WhyBuilder;
import org.imagesynset.query.grammar.Grammar;
import org.imagesynset.query.grammar.WordQuery;
import org.imagesynset.query.words.Vocabulary;
import org.imagesynset.query.words.WordMatcher;

/**
 * Adds to the answer of a search what became of its words, where its {@code ext} asks for it.
 *
 * <p>A suggester of Elasticsearch's would do this on every shard, and is refused to users of
 * document-level security; this depends on no document.
 */
public final class WordFeedbackFilter implements MappedActionFilter {
    private static final Logger logger = LogManager.getLogger(WordFeedbackFilter.class);

    private final BiFunction<SearchRequest, String, Collection<Vocabulary>> searched;

    /**
     * @param searched the vocabularies of the indices of a search, below an object of their
     *     documents
     */
    public WordFeedbackFilter(BiFunction<SearchRequest, String, Collection<Vocabulary>> searched) {
        this.searched = searched;
    }

    @Override
    public String actionName() {
        return TransportSearchAction.NAME;
    }

    @Override
    public <Request extends ActionRequest, Response extends ActionResponse> void apply(
            Task task,
            String action,
            Request request,
            ActionListener<Response> listener,
            ActionFilterChain<Request, Response> chain) {
        if (request instanceof SearchRequest search && asked(search) instanceof WhyBuilder asked) {
            @SuppressWarnings("unchecked")
            ActionListener<SearchResponse> answer = (ActionListener<SearchResponse>) listener;
            @SuppressWarnings("unchecked")
            ActionListener<Response> withFeedback =
                    (ActionListener<Response>)
                            (ActionListener<?>)
                                    answer.<SearchResponse>delegateFailureAndWrap(
                                            (next, found) ->
                                                    addFeedback(next, found, search, asked));
            chain.proceed(task, action, request, withFeedback);
        } else {
            chain.proceed(task, action, request, listener);
        }
    }

    private static WhyBuilder asked(SearchRequest search) {
        if (search.source() != null && search.source().profile() == false) {
            for (SearchExtBuilder ext : search.source().ext()) {
                if (ext instanceof WhyBuilder asked && asked.words().isEmpty() == false) {
                    return asked;
                }
            }
        }
        return null;
    }

    private void addFeedback(
            ActionListener<SearchResponse> listener,
            SearchResponse found,
            SearchRequest search,
            WhyBuilder asked) {
        WordsSuggestion suggestion = suggestion(search, asked);
        // A point in time goes on with the answer as it is, and a profile is left as it is.
        if (suggestion == null || found.pointInTimeId() != null) {
            listener.onResponse(found);
            return;
        }
        ActionListener.respondAndRelease(
                listener,
                new SearchResponse(
                        found.getHits(),
                        found.getAggregations(),
                        suggestion.beside(found.getSuggest()),
                        found.isTimedOut(),
                        found.isTerminatedEarly(),
                        null,
                        found.getNumReducePhases(),
                        found.getScrollId(),
                        found.getTotalShards(),
                        found.getSuccessfulShards(),
                        found.getSkippedShards(),
                        found.getTook().millis(),
                        found.getShardFailures(),
                        found.getClusters()));
    }

    /** By the vocabulary that knows most of the words. */
    private WordsSuggestion suggestion(SearchRequest search, WhyBuilder asked) {
        WordQuery best = null;
        WordMatcher matcher = null;
        try {
            for (Vocabulary vocabulary : searched.apply(search, asked.field())) {
                WordQuery query = Grammar.read(asked.words(), vocabulary.matcher());
                if (best == null || query.lost() < best.lost()) {
                    best = query;
                    matcher = vocabulary.matcher();
                }
            }
        } catch (RuntimeException e) {
            // What was found is worth more than what could be said about it.
            logger.debug("no feedback about the words of a search", e);
        }
        return best == null || best.outcomes().isEmpty()
                ? null
                : new WordsSuggestion(best, matcher);
    }
}
