package org.imagesynset.query.lucene;

import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.imagesynset.compat.ScoringClauses;

/** Finds the queries of ours that a search's scores are made of, wherever they are in it. */
public final class ScoringQueries extends QueryVisitor {
    /** A query, and what its score is multiplied with. */
    public record Boosted(Explained query, double boost) {}

    /**
     * What was found in a search.
     *
     * @param whole whether a hit's score is the sum of theirs; not where something else scores too,
     *     or makes another number of it
     */
    public record Found(List<Boosted> queries, boolean whole) {}

    private final double boost;
    private final List<Boosted> found;

    private ScoringQueries(double boost, List<Boosted> found) {
        this.boost = boost;
        this.found = found;
    }

    public static Found of(Query query) {
        List<Boosted> found = new ArrayList<>();
        query.visit(new ScoringQueries(1, found));
        return new Found(found, addsUp(query));
    }

    private static boolean addsUp(Query query) {
        return switch (query) {
            case BooleanQuery all -> ScoringClauses.of(all).allMatch(ScoringQueries::addsUp);
            case BoostQuery boosted -> addsUp(boosted.getQuery());
            case MatchNoDocsQuery nothing -> true;
            default -> query instanceof Explained;
        };
    }

    @Override
    public void visitLeaf(Query query) {
        if (query instanceof Explained ours) {
            found.add(new Boosted(ours, boost));
        }
    }

    @Override
    public QueryVisitor getSubVisitor(Occur occur, Query parent) {
        return switch (occur) {
            case FILTER, MUST_NOT -> EMPTY_VISITOR;
            case MUST, SHOULD ->
                    parent instanceof BoostQuery boosted
                            ? new ScoringQueries(boost * boosted.getBoost(), found)
                            : this;
        };
    }
}
