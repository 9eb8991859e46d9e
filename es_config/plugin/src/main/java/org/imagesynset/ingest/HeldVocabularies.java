package org.imagesynset.ingest;

import java.util.Optional;
import org.imagesynset.query.words.IndexVocabulary;

/** Knows which vocabulary each index holds. */
public interface HeldVocabularies {

    /**
     * What an index holds, or will hold once its first document makes it.
     *
     * @param index an index, alias or data stream
     * @param root the path of the object that our fields are below; empty for the top
     */
    Held held(String index, String root);

    /**
     * @param known whether there is such an index, or a template that it would be made by
     * @param fields what it maps of ours; nothing where it maps none of our fields
     */
    record Held(boolean known, Optional<IndexVocabulary> fields) {}
}
