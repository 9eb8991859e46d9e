package org.imagesynset.query;

import java.util.Map;

/** A synset or concept that query and document share; the products add up to the score. */
record SharedSynset(String synset, double query, double document) {

    double product() {
        return query * document;
    }

    Map<String, Object> asMap() {
        return Map.of("synset", synset, "query", query, "document", document, "product", product());
    }
}
