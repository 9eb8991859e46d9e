package org.imagesynset.compat;

import java.io.IOException;
import org.apache.lucene.search.Query;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.index.query.AbstractQueryBuilder;
import org.elasticsearch.index.query.SearchExecutionContext;

/** A query that makes one of Lucene's itself. */
public abstract class LuceneQueryBuilder<T extends LuceneQueryBuilder<T>>
        extends AbstractQueryBuilder<T> {
    protected LuceneQueryBuilder() {}

    protected LuceneQueryBuilder(StreamInput in) throws IOException {
        super(in);
    }

    protected abstract Query toLucene(SearchExecutionContext context);

    @Override
    protected final Query doToQuery(SearchExecutionContext context) {
        return toLucene(context);
    }
}
