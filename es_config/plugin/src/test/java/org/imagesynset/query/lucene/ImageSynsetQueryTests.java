package org.imagesynset.query.lucene;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.document.FeatureField;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.junit.jupiter.api.Test;

/** What Lucene and Elasticsearch learn about a query. */
class ImageSynsetQueryTests {
    private static final Set<String> FIELDS = Set.of("vector", "synset.cat.score", "norm");

    private static final ImageSynsetQuery QUERY =
            new ImageSynsetQuery(
                    FeatureField.newLinearQuery("vector", "cat", 1),
                    FIELDS,
                    Map.of("cat", 1.0),
                    leaf -> name -> DoubleValues.EMPTY,
                    leaf -> DoubleValues.EMPTY);

    /** Accepts some fields. */
    private static final class Visitor extends QueryVisitor {
        final Set<String> asked = new HashSet<>();
        final List<Query> visited = new ArrayList<>();
        private final Set<String> accepted;

        Visitor(Set<String> accepted) {
            this.accepted = accepted;
        }

        @Override
        public boolean acceptField(String field) {
            asked.add(field);
            return accepted.contains(field);
        }

        @Override
        public void visitLeaf(Query query) {
            visited.add(query);
        }

        @Override
        public QueryVisitor getSubVisitor(Occur occur, Query parent) {
            return this;
        }
    }

    @Test
    void everyFieldIsNamedWhicheverAreRefused() {
        for (Set<String> accepted : List.of(FIELDS, Set.of("norm"), Set.of("vector"))) {
            Visitor visitor = new Visitor(accepted);
            QUERY.visit(visitor);
            assertEquals(FIELDS, visitor.asked);
            assertEquals(List.of(QUERY), visitor.visited);
        }
    }

    @Test
    void whoAcceptsNoFieldIsShownNothing() {
        Visitor visitor = new Visitor(Set.of("other"));
        new BooleanQuery.Builder().add(QUERY, Occur.MUST_NOT).build().visit(visitor);
        assertEquals(FIELDS, visitor.asked);
        assertEquals(List.of(), visitor.visited);
    }
}
