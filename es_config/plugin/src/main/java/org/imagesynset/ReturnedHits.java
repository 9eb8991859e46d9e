package org.imagesynset;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.lucene.search.Query;
import org.elasticsearch.index.query.ParsedQuery;
import org.elasticsearch.index.shard.SearchOperationListener;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.internal.SearchContext;
import org.imagesynset.query.lucene.Returning;

/**
 * Lets a query know how many documents its search returns, because Lucene does not.
 *
 * <p>Only where the search needs nothing but the best ones: one that counts, filters or goes on
 * after another page looks at more.
 */
final class ReturnedHits implements SearchOperationListener {
    /** From here on, to look for a first bound costs more than it spares. */
    private static final int MOST = 1000;

    @Override
    public void onPreQueryPhase(SearchContext search) {
        long hits = (long) Math.max(0, search.from()) + search.size();
        if (search.hasOnlySuggest()
                || search.size() <= 0
                || hits > MOST
                || bestAreEnough(search) == false) {
            return;
        }
        try {
            Query query = search.searcher().rewrite(search.query());
            if (query instanceof Returning ours) {
                search.parsedQuery(
                        new ParsedQuery(ours.returning((int) hits), search.parsedQuery()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean bestAreEnough(SearchContext search) {
        SearchSourceBuilder source = search.request().source();
        return search.trackTotalHitsUpTo() == SearchContext.TRACK_TOTAL_HITS_DISABLED
                && search.parsedPostFilter() == null
                && search.searchAfter() == null
                && search.scrollContext() == null
                && search.collapse() == null
                && search.rescore().isEmpty()
                && search.queryPhaseRankShardContext() == null
                && (source == null || source.rankBuilder() == null);
    }
}
