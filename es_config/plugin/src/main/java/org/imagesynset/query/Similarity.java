package org.imagesynset.query;

/**
 * How a document's synset scores are compared with the query's weights. Sent by number: the order
 * is part of what nodes tell each other.
 */
enum Similarity {
    /** The paper's: Σ weight × score. */
    INNER_PRODUCT("synset_vector", "synset-inner-product", "synset-inner-product-packed"),
    /** The same divided by both lengths, so how sure the model was doesn't count. */
    COSINE("synset_unit_vector", "synset-cosine", "synset-cosine-packed"),
    /**
     * Σ expanded weight × score: what is of the same kind counts, the more so the narrower it is.
     */
    KINDS("synset_vector", "synset-kinds", "synset-inner-product-packed");

    /** The sparse vector that finds documents. */
    final String vectorField;

    /** The stored script that gives the exact score where each synset has fields of its own. */
    final String script;

    /** The stored script that gives the exact score where all scores are packed into one field. */
    final String packedScript;

    Similarity(String vectorField, String script, String packedScript) {
        this.vectorField = vectorField;
        this.script = script;
        this.packedScript = packedScript;
    }
}
