package org.imagesynset.query.lucene;

import java.util.Comparator;
import java.util.Map;

/** A synset or concept that query and document share; the products add up to the score. */
public record SharedSynset(String synset, double query, double document) {
    static final Comparator<SharedSynset> LARGEST_FIRST =
            Comparator.comparingDouble((SharedSynset one) -> Math.abs(one.product()))
                    .reversed()
                    .thenComparing(SharedSynset::synset);

    public double product() {
        return query * document;
    }

    public Map<String, Object> asMap() {
        return Map.of("synset", synset, "query", query, "document", document, "product", product());
    }
}
