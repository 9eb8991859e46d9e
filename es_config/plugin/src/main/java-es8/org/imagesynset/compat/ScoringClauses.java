package org.imagesynset.compat;

import java.util.stream.Stream;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;

/** The queries inside a boolean one that its score is the sum of. */
public final class ScoringClauses {
    private ScoringClauses() {}

    public static Stream<Query> of(BooleanQuery query) {
        return query.clauses().stream()
                .filter(BooleanClause::isScoring)
                .map(clause -> clause.getQuery());
    }
}
