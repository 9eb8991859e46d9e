package org.imagesynset.query.lucene;

import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;

/** Finds the queries of ours that a search's scores are made of, wherever they are in it. */
public final class ScoringQueries extends QueryVisitor {
    /** A query, and what its score is multiplied with. */
    public record Boosted(ImageSynsetQuery query, double boost) {}

    private final double boost;
    private final List<Boosted> found;

    private ScoringQueries(double boost, List<Boosted> found) {
        this.boost = boost;
        this.found = found;
    }

    public static List<Boosted> of(Query query) {
        List<Boosted> found = new ArrayList<>();
        query.visit(new ScoringQueries(1, found));
        return found;
    }

    @Override
    public void visitLeaf(Query query) {
        if (query instanceof ImageSynsetQuery ours) {
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
