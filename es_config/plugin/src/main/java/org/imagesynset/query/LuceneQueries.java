package org.imagesynset.query;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.document.FeatureField;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.Query;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.index.fielddata.IndexNumericFieldData;
import org.elasticsearch.index.mapper.MappedFieldType;
import org.elasticsearch.index.mapper.MappedFieldType.FielddataOperation;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.script.DocValuesDocReader;
import org.elasticsearch.script.ScoreScript;
import org.elasticsearch.script.Script;
import org.elasticsearch.script.ScriptType;
import org.elasticsearch.search.lookup.SearchLookup;
import org.imagesynset.query.lucene.DocumentScores;
import org.imagesynset.query.lucene.FirstValue;
import org.imagesynset.query.lucene.ImageSynsetQuery;
import org.imagesynset.query.lucene.LeafValues;
import org.imagesynset.query.lucene.Quotient;
import org.imagesynset.query.lucene.ScriptValues;
import org.imagesynset.query.lucene.Weights;

/** Makes Lucene's queries from a shard's point of view: its fields and its scripts. */
final class LuceneQueries {
    private static final String CONCEPT_FIELD = "concept_vector";
    private static final String NORM_FIELD = "synset_norm";

    private LuceneQueries() {}

    /** Documents that share a synset of positive weight. */
    static ImageSynsetQuery bySynsets(
            Map<String, Double> weights,
            Similarity similarity,
            Mode mode,
            SearchExecutionContext context) {
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

    /** Documents that show a concept, by its mass. */
    static ImageSynsetQuery byConcepts(Map<String, Double> weights) {
        return byFeatures(CONCEPT_FIELD, new TreeMap<>(weights));
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
        if (similarity == Similarity.INNER_PRODUCT) {
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
        synsets.forEach(synset -> fields.add(scoreField(synset)));
        return fields;
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
