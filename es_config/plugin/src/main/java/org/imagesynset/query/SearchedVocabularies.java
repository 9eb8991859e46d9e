package org.imagesynset.query;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.imagesynset.query.grammar.Grammar;
import org.imagesynset.query.grammar.UnknownWords;
import org.imagesynset.query.grammar.WordQuery;
import org.imagesynset.query.lucene.Weights;
import org.imagesynset.query.words.IndexVocabulary;
import org.imagesynset.query.words.Vocabularies;
import org.imagesynset.query.words.Vocabulary;

/**
 * Checks names and words against the vocabularies of what is searched.
 *
 * <p>What a request says is first checked against all vocabularies of the cluster, wherever it
 * stands; then, where the indices are known, against theirs, whose words are offered. A shard whose
 * index does not know a name or word that another index knows has nothing to find for it.
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
        List<Vocabulary> searched = new ArrayList<>();
        for (String name : names(context, fields)) {
            searched.add(vocabularies.get(name));
        }
        if (searched.isEmpty() || searched.contains(null)) {
            if (input instanceof QueryInput.Words words) {
                checkWords(words, vocabularies.all());
            }
            return;
        }
        switch (input) {
            case QueryInput.Synsets synsets ->
                    Weights.checkNames(synsets.weights().keySet(), searched);
            case QueryInput.Words words -> checkWords(words, searched);
            case QueryInput.Image image -> {}
            case QueryInput.Document document -> {}
        }
    }

    /**
     * Before the indices are known. Words that no vocabulary of several knows are left to {@link
     * #check}, which offers the words of the indices searched.
     *
     * @throws IllegalArgumentException where no index can have what is searched by
     */
    static void checkWordsEarly(QueryInput.Words words, Vocabularies vocabularies) {
        Collection<Vocabulary> all = vocabularies.all();
        try {
            checkWords(words, all);
        } catch (UnknownWords e) {
            if (all.size() == 1) {
                throw e;
            }
        }
    }

    /**
     * @throws IllegalArgumentException where none of the vocabularies knows anything to search for
     */
    private static void checkWords(QueryInput.Words words, Collection<Vocabulary> vocabularies) {
        UnknownWords unknown = null;
        for (Vocabulary vocabulary : vocabularies) {
            try {
                WordQuery query = Grammar.read(words.words(), vocabulary.matcher());
                if (words.required()) {
                    UnknownWords.check(query, vocabulary.matcher());
                }
                return;
            } catch (UnknownWords e) {
                unknown = unknown == null || e.count() < unknown.count() ? e : unknown;
            }
        }
        throw unknown;
    }

    /**
     * What a shard's index has for words; nothing to find where another index of the search knows
     * them.
     *
     * @throws IllegalArgumentException where the cluster does not have its vocabulary
     */
    static WordQuery words(
            List<String> texts,
            SynsetFields fields,
            SearchExecutionContext context,
            Vocabularies vocabularies) {
        return Grammar.read(texts, ofIndex(fields, context, vocabularies).matcher());
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
