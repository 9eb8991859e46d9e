package org.imagesynset.query.lucene;

import java.io.IOException;

/** Decides, at less cost than the script, whether a document can score so much. */
public interface Reach {

    /**
     * Documents must be asked for in their order.
     *
     * @param features no less than what the positive weights times the document's features add up
     *     to
     */
    boolean canReach(int doc, double features, double least) throws IOException;
}
