package org.imagesynset.compat;

import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.search.SearchHit;

/** Adds fields to hits. */
public final class HitFields {
    private HitFields() {}

    public static void add(SearchHit hit, DocumentField field) {
        hit.setDocumentField(field.getName(), field);
    }
}
