package org.imagesynset.query;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.document.FeatureField;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.queries.function.FunctionMatchQuery;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.Query;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.index.fielddata.IndexFieldData;
import org.elasticsearch.index.fielddata.IndexNumericFieldData;
import org.elasticsearch.index.fielddata.LeafOrdinalsFieldData;
import org.elasticsearch.index.mapper.MappedFieldType;
import org.elasticsearch.index.mapper.MappedFieldType.FielddataOperation;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.script.DocValuesDocReader;
import org.elasticsearch.script.ScoreScript;
import org.elasticsearch.script.Script;
import org.elasticsearch.script.ScriptType;
import org.elasticsearch.search.lookup.SearchLookup;
import org.imagesynset.query.kinds.Cuts;
import org.imagesynset.query.kinds.Kinds;
import org.imagesynset.query.lucene.DocumentScores;
import org.imagesynset.query.lucene.FirstValue;
import org.imagesynset.query.lucene.ImageSynsetQuery;
import org.imagesynset.query.lucene.KindsQuery;
import org.imagesynset.query.lucene.LeafNames;
import org.imagesynset.query.lucene.LeafValues;
import org.imagesynset.query.lucene.Quotient;
import org.imagesynset.query.lucene.ScriptValues;
import org.imagesynset.query.lucene.Weights;
import org.imagesynset.query.words.KnownSynsets;

/** Makes Lucene's queries from a shard's point of view: its fields and its scripts. */
final class LuceneQueries {
    private static final String CONCEPT_FIELD = "concept_vector";
    private static final String NORM_FIELD = "synset_norm";
    private static final String NAMES_FIELD = "synset_names";

    private LuceneQueries() {}

    /** Documents that share a synset, or by kinds a class, of positive weight. */
    static Query bySynsets(
            Map<String, Double> weights,
            Similarity similarity,
            Mode mode,
            boolean weakMatches,
            SearchExecutionContext context) {
        if (similarity == Similarity.KINDS) {
            Kinds kinds = Kinds.of(weights, KnownSynsets.get());
            double least = weakMatches ? 0 : Cuts.KINDS * Weights.max(kinds.classes());
            return byKinds(kinds, least, context);
        }
        double length = similarity == Similarity.COSINE ? Weights.length(weights) : 1;
        Map<String, Double> effective = new TreeMap<>();
        weights.forEach((name, weight) -> effective.put(name, weight / length));
        String field = similarity.vectorField;
        if (mode == Mode.CANDIDATES) {
            return byFeatures(field, effective);
        }
        return new ImageSynsetQuery(
                features(field, effective),
                exactFields(similarity, effective.keySet()),
                effective,
                exactScores(similarity, context),
                storedScript(similarity, weights, context));
    }

    private static Query byKinds(Kinds kinds, double least, SearchExecutionContext context) {
        return new KindsQuery(
                Similarity.KINDS.vectorField,
                exactFields(Similarity.KINDS, kinds.classes().keySet()),
                kinds,
                KnownSynsets.get(),
                names(context),
                exactScores(Similarity.KINDS, context),
                storedScript(Similarity.KINDS, kinds.classes(), context),
                least);
    }

    /**
     * Documents that show a concept, by its mass.
     *
     * @param weakMatches whether those of less mass than the concept's cut are found too
     */
    static ImageSynsetQuery byConcepts(Map<String, Double> weights, boolean weakMatches) {
        if (weakMatches) {
            return byFeatures(CONCEPT_FIELD, new TreeMap<>(weights));
        }
        BooleanQuery.Builder shown = new BooleanQuery.Builder();
        for (String concept : weights.keySet()) {
            shown.add(atLeast(concept, KnownSynsets.get().cut(concept)), Occur.SHOULD);
        }
        Query found =
                new BooleanQuery.Builder()
                        .add(features(CONCEPT_FIELD, weights), Occur.MUST)
                        .add(shown.build(), Occur.FILTER)
                        .build();
        return new ImageSynsetQuery(
                found,
                Set.of(CONCEPT_FIELD),
                new TreeMap<>(weights),
                features(CONCEPT_FIELD),
                null);
    }

    private static Query atLeast(String concept, float mass) {
        return new FunctionMatchQuery(
                FeatureField.newDoubleValues(CONCEPT_FIELD, concept), found -> found >= mass);
    }

    static ImageSynsetQuery byFeatures(String field, Map<String, Double> weights) {
        return new ImageSynsetQuery(
                features(field, weights), Set.of(field), weights, features(field), null);
    }

    /**
     * Scores by {@code Σ weight × value} over the positive weights, divided by the largest of them:
     * Lucene takes no weight above 64.
     */
    static Query features(String field, Map<String, Double> weights) {
        double largest = Weights.max(weights);
        BooleanQuery.Builder query = new BooleanQuery.Builder();
        weights.forEach(
                (name, weight) -> {
                    if (weight > 0) {
                        // Rounded up where it would vanish, so that the synset still finds.
                        float scaled = Math.max((float) (weight / largest), Float.MIN_NORMAL);
                        query.add(FeatureField.newLinearQuery(field, name, scaled), Occur.SHOULD);
                    }
                });
        return query.build();
    }

    private static DocumentScores features(String field) {
        return (name, leaf) -> FeatureField.newDoubleValues(field, name).getValues(leaf, null);
    }

    private static DocumentScores exactScores(
            Similarity similarity, SearchExecutionContext context) {
        DocumentScores scores = (name, leaf) -> number(scoreField(name), context).values(leaf);
        if (similarity != Similarity.COSINE) {
            return scores;
        }
        return (name, leaf) ->
                new Quotient(scores.values(name, leaf), number(NORM_FIELD, context).values(leaf));
    }

    private static Set<String> exactFields(Similarity similarity, Set<String> synsets) {
        Set<String> fields = new HashSet<>();
        fields.add(similarity.vectorField);
        if (similarity == Similarity.COSINE) {
            fields.add(NORM_FIELD);
        }
        if (similarity == Similarity.KINDS) {
            fields.add(NAMES_FIELD);
        }
        synsets.forEach(synset -> fields.add(scoreField(synset)));
        return fields;
    }

    private static LeafNames names(SearchExecutionContext context) {
        MappedFieldType type = context.getFieldType(NAMES_FIELD);
        if (type == null) {
            return leaf -> DocValues.emptySortedSet();
        }
        IndexFieldData<?> data = context.getForField(type, FielddataOperation.SEARCH);
        return leaf ->
                data.load(leaf) instanceof LeafOrdinalsFieldData names
                        ? names.getOrdinalsValues()
                        : DocValues.emptySortedSet();
    }

    private static String scoreField(String synset) {
        return "synset." + synset + ".score";
    }

    /** Without the synsets that no document of the index can have: the scripts don't ask. */
    private static Map<String, Double> mapped(
            Map<String, Double> weights, SearchExecutionContext context) {
        Map<String, Double> mapped = new TreeMap<>(weights);
        mapped.keySet().removeIf(name -> context.isFieldMapped(scoreField(name)) == false);
        return mapped;
    }

    private static LeafValues number(String field, SearchExecutionContext context) {
        MappedFieldType type = context.getFieldType(field);
        if (type == null) {
            return leaf -> DoubleValues.EMPTY;
        }
        IndexNumericFieldData data = context.getForField(type, FielddataOperation.SEARCH);
        return leaf -> new FirstValue(data.load(leaf).getDoubleValues());
    }

    private static LeafValues storedScript(
            Similarity similarity, Map<String, Double> weights, SearchExecutionContext context) {
        Map<String, Object> params = new HashMap<>();
        params.put("synsets", mapped(weights, context));
        if (similarity == Similarity.COSINE) {
            params.put("length", Weights.length(weights));
        }
        if (similarity == Similarity.KINDS) {
            params.put("names", context.isFieldMapped(NAMES_FIELD));
        }
        ScoreScript.Factory factory;
        try {
            factory =
                    context.compile(
                            new Script(ScriptType.STORED, null, similarity.script, params),
                            ScoreScript.CONTEXT);
        } catch (ResourceNotFoundException e) {
            throw new IllegalArgumentException(
                    "["
                            + ImageSynsetQueryBuilder.NAME
                            + "] expected the stored script ["
                            + similarity.script
                            + "], found none; run [image-synset setup]",
                    e);
        }
        SearchLookup lookup = context.lookup();
        ScoreScript.LeafFactory script = factory.newFactory(params, lookup);
        return leaf -> new ScriptValues(script.newInstance(new DocValuesDocReader(lookup, leaf)));
    }
}
