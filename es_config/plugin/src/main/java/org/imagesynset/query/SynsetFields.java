package org.imagesynset.query;

import org.elasticsearch.index.mapper.MappedFieldType;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.imagesynset.query.words.IndexVocabulary;
import org.imagesynset.query.words.Vocabulary;

/**
 * The names of the fields that a query reads: at the top of the documents, or below the object that
 * a processor's {@code target_field} names.
 *
 * @param root the path of that object; empty for the top of the documents
 */
record SynsetFields(String root) {
    /** What 0.1.0 had as the default target: the top of the documents. */
    private static final String TOP = "synset";

    /** Distinguishes the mapping of {@code synset_scores} from one that Elasticsearch made up. */
    private static final String LAYOUT = "layout";

    private static final String PACKED = "packed";

    static SynsetFields of(String root) {
        return new SynsetFields(root.equals(TOP) ? "" : root);
    }

    String path(String name) {
        return root.isEmpty() ? name : root + "." + name;
    }

    /** A field that holds one score, where each synset has fields of its own. */
    String score(String synset) {
        return path("synset." + synset + ".score");
    }

    /** The field that holds all scores of a document, where they are packed. */
    String packedScores() {
        return path("synset_scores");
    }

    String names() {
        return path(IndexVocabulary.FIELD);
    }

    /** The name of the vocabulary that a shard's index holds. */
    String vocabulary(SearchExecutionContext context) {
        MappedFieldType type = context.getFieldType(names());
        String name = type == null ? null : type.meta().get(IndexVocabulary.META);
        return name == null ? Vocabulary.IMAGENET : name;
    }

    String norm() {
        return path("synset_norm");
    }

    String concepts() {
        return path("concept_vector");
    }

    /** Whether an index keeps all scores of a document in one field. */
    boolean isPacked(SearchExecutionContext context) {
        MappedFieldType type = context.getFieldType(packedScores());
        return type != null && PACKED.equals(type.meta().get(LAYOUT));
    }
}
