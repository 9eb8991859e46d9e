package org.imagesynset.ingest;

import java.util.Map;
import java.util.function.Consumer;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.script.Metadata;
import org.imagesynset.document.DocumentFields;

/**
 * The vectors that Elasticsearch leaves out of the copy of a document that a client reads, changes
 * and writes again.
 */
record LostVectors(DocumentFields fields, ExistingDocuments documents) {
    /**
     * Puts them back, from the stored document where they can't be made of what came.
     *
     * @param then called exactly once, with null or with why it failed
     */
    void restore(IngestDocument document, Consumer<Exception> then) {
        Metadata metadata = document.getMetadata();
        if (metadata.getId() == null || fields.lackedVectors(document.getSource()).isEmpty()) {
            then.accept(restored(document, Map.of()));
            return;
        }
        documents.fetch(
                metadata.getIndex(),
                metadata.getId(),
                metadata.getRouting(),
                fields.restored(),
                stored -> then.accept(restored(document, stored)));
    }

    private Exception restored(IngestDocument document, Map<String, Object> stored) {
        try {
            fields.restoreVectors(document, stored);
            return null;
        } catch (Exception e) {
            return e;
        }
    }
}
