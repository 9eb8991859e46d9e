package org.imagesynset.query.lucene;

import org.apache.lucene.search.Query;

/** A query that looks at fewer documents if it knows how many its search returns. */
public interface Returning {
    /**
     * The same query of a search that returns so many of its best documents, and needs no other:
     * neither to count nor to filter them.
     */
    Query returning(int hits);
}
