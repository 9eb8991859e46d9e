package org.imagesynset.query;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.imagesynset.query.lucene.Weights;
import org.imagesynset.query.words.IndexVocabulary;
import org.imagesynset.query.words.Vocabularies;
import org.imagesynset.query.words.Vocabulary;
import org.imagesynset.query.words.WordMatcher.UnknownWords;

/**
 * Checks names and words against the vocabularies of what is searched.
 *
 * <p>What a request says is first checked against all vocabularies of the cluster, wherever it
 * stands; then, where the indices are known, against theirs. A shard whose index does not know a
 * name or word that another index knows has nothing to find for it.
 */
final class SearchedVocabularies {
    private SearchedVocabularies() {}

    /** The names of the vocabularies of the indices; empty where that is not known here. */
    static Set<String> names(QueryRewriteContext context, SynsetFields fields) {
        ResolvedIndices indices = context.getResolvedIndices();
        if (indices == null || indices.getRemoteClusterIndices().isEmpty() == false) {
            return Set.of();
        }
        Set<String> names = new LinkedHashSet<>();
        for (IndexMetadata index : indices.getConcreteLocalIndicesMetadata().values()) {
            IndexVocabulary.of(index, fields.root()).ifPresent(held -> names.add(held.name()));
        }
        return names;
    }

    /**
     * @throws IllegalArgumentException where none of the indices can have what is searched by
     */
    static void check(
            QueryInput input,
            SynsetFields fields,
            QueryRewriteContext context,
            Vocabularies vocabularies) {
        Set<String> names = names(context, fields);
        List<Vocabulary> searched = new ArrayList<>();
        for (String name : names) {
            Vocabulary vocabulary = vocabularies.get(name);
            if (vocabulary == null) {
                return;
            }
            searched.add(vocabulary);
        }
        if (searched.isEmpty()) {
            return;
        }
        switch (input) {
            case QueryInput.Synsets synsets ->
                    Weights.checkNames(synsets.weights().keySet(), searched);
            case QueryInput.Words words -> checkWords(words.words(), searched);
            case QueryInput.Image image -> {}
            case QueryInput.Document document -> {}
        }
    }

    /**
     * @throws IllegalArgumentException where a text is not known to any of the vocabularies
     */
    static void checkWords(List<String> texts, Collection<Vocabulary> vocabularies) {
        if (texts.isEmpty()) {
            vocabularies.iterator().next().matcher().concepts(texts);
        }
        for (String text : texts) {
            UnknownWords unknown = null;
            for (Vocabulary vocabulary : vocabularies) {
                try {
                    vocabulary.matcher().concepts(List.of(text));
                    unknown = null;
                    break;
                } catch (UnknownWords e) {
                    unknown = unknown == null || e.count() < unknown.count() ? e : unknown;
                }
            }
            if (unknown != null) {
                throw unknown;
            }
        }
    }

    /**
     * The concepts that a shard's index has for words.
     *
     * @return weights by concept; empty where its vocabulary knows none of the words
     * @throws IllegalArgumentException where the cluster does not have its vocabulary
     */
    static Map<String, Double> concepts(
            List<String> texts,
            SynsetFields fields,
            SearchExecutionContext context,
            Vocabularies vocabularies) {
        Vocabulary vocabulary = ofIndex(fields, context, vocabularies);
        Map<String, Double> concepts = new LinkedHashMap<>();
        for (String text : texts) {
            try {
                concepts.putAll(vocabulary.matcher().concepts(List.of(text)));
            } catch (UnknownWords e) {
                // Another index of the search knows it, or the request would have been refused.
                continue;
            }
        }
        return concepts;
    }

    /**
     * The vocabulary that a shard's index holds.
     *
     * @throws IllegalArgumentException where the cluster does not have it
     */
    static Vocabulary ofIndex(
            SynsetFields fields, SearchExecutionContext context, Vocabularies vocabularies) {
        String name = fields.vocabulary(context);
        Vocabulary vocabulary = vocabularies.get(name);
        if (vocabulary == null) {
            throw new IllegalArgumentException(
                    "["
                            + ImageSynsetQueryBuilder.NAME
                            + "] expected the vocabulary ["
                            + name
                            + "] of index ["
                            + context.getFullyQualifiedIndex().getName()
                            + "], found none of that name in the cluster; run [image-synset setup]"
                            + " while a sidecar with its model runs");
        }
        return vocabulary;
    }
}
