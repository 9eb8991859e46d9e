package org.imagesynset.query;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.apache.lucene.document.FeatureField;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.MatchNoDocsQuery;
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
import org.imagesynset.query.grammar.WordQuery;
import org.imagesynset.query.kinds.Cuts;
import org.imagesynset.query.kinds.Kinds;
import org.imagesynset.query.lucene.ImageSynsetQuery;
import org.imagesynset.query.lucene.Weights;
import org.imagesynset.query.lucene.features.UnroundedFeatureQuery;
import org.imagesynset.query.lucene.kinds.KindsQuery;
import org.imagesynset.query.scores.DocumentScores;
import org.imagesynset.query.scores.LeafNames;
import org.imagesynset.query.scores.LeafValues;
import org.imagesynset.query.scores.PackedScores;
import org.imagesynset.query.words.KnownSynsets;

/** Makes Lucene's queries from a shard's point of view: its fields and its scripts. */
final class LuceneQueries {
    private final SynsetFields fields;
    private final SearchExecutionContext context;
    private final Supplier<KnownSynsets> known;

    /**
     * @param known the vocabulary of the shard's index, asked for only where it is needed
     */
    LuceneQueries(
            SynsetFields fields, SearchExecutionContext context, Supplier<KnownSynsets> known) {
        this.fields = fields;
        this.context = context;
        this.known = known;
    }

    /** Documents that share a synset, or by kinds a class, of positive weight. */
    Query bySynsets(
            Map<String, Double> weights, Similarity similarity, Mode mode, boolean weakMatches) {
        if (similarity == Similarity.KINDS) {
            Kinds kinds = Kinds.of(weights, known.get());
            double least = weakMatches ? 0 : Cuts.KINDS * Weights.max(kinds.classes());
            return byKinds(kinds, least);
        }
        double length = similarity == Similarity.COSINE ? Weights.length(weights) : 1;
        Map<String, Double> effective = new TreeMap<>();
        weights.forEach((name, weight) -> effective.put(name, weight / length));
        String field = fields.path(similarity.vectorField);
        if (mode == Mode.CANDIDATES) {
            return byFeatures(field, effective);
        }
        DocumentScores scores = exactScores(similarity);
        return new ImageSynsetQuery(
                unrounded(field, effective, scores, source()),
                exactFields(similarity, effective.keySet()),
                effective,
                scores,
                storedScript(similarity, weights));
    }

    private Query byKinds(Kinds kinds, double least) {
        String field = fields.path(Similarity.KINDS.vectorField);
        DocumentScores scores = exactScores(Similarity.KINDS);
        return new KindsQuery(
                field,
                exactFields(Similarity.KINDS, kinds.classes().keySet()),
                kinds,
                known.get(),
                names(),
                scores,
                storedScript(Similarity.KINDS, kinds.classes()),
                least,
                nearest(field, kinds.classes(), scores, source()),
                0);
    }

    /**
     * Documents that show what words ask for, by its mass.
     *
     * @param weakMatches whether those of less mass than the concepts' cuts are found too
     */
    Query byWords(WordQuery words, boolean weakMatches) {
        if (words.any().isEmpty()) {
            return new MatchNoDocsQuery("no word is known to the vocabulary of the index");
        }
        return new WordsQueries(fields.concepts(), known.get(), new Filenames(context))
                .of(words, weakMatches);
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
        return anyOf(weights, (name, scaled) -> FeatureField.newLinearQuery(field, name, scaled));
    }

    /** Where an index keeps the scores that its features were rounded from. */
    private String source() {
        return fields.isPacked(context) ? fields.packedScores() : fields.path("synset");
    }

    /**
     * The same by the values that the features were rounded from.
     *
     * @param source distinguishes these values from others
     */
    static Query unrounded(
            String field, Map<String, Double> weights, DocumentScores scores, String source) {
        return anyOf(
                weights,
                (name, scaled) -> new UnroundedFeatureQuery(field, name, scaled, scores, source));
    }

    /** The class of the largest weight. */
    static UnroundedFeatureQuery nearest(
            String field, Map<String, Double> classes, DocumentScores scores, String source) {
        String name = Collections.max(classes.entrySet(), Map.Entry.comparingByValue()).getKey();
        return new UnroundedFeatureQuery(field, name, 1, scores, source);
    }

    private static Query anyOf(
            Map<String, Double> weights, BiFunction<String, Float, Query> weighted) {
        double largest = Weights.max(weights);
        BooleanQuery.Builder query = new BooleanQuery.Builder();
        weights.forEach(
                (name, weight) -> {
                    if (weight > 0) {
                        // Rounded up where it would vanish, so that the synset still finds.
                        float scaled = Math.max((float) (weight / largest), Float.MIN_NORMAL);
                        query.add(weighted.apply(name, scaled), Occur.SHOULD);
                    }
                });
        return query.build();
    }

    static DocumentScores features(String field) {
        return leaf -> name -> FeatureField.newDoubleValues(field, name).getValues(leaf, null);
    }

    private DocumentScores exactScores(Similarity similarity) {
        DocumentScores scores =
                fields.isPacked(context)
                        ? leaf -> new PackedScores(leaf, fields.packedScores())
                        : leaf -> name -> number(fields.score(name)).values(leaf);
        if (similarity != Similarity.COSINE) {
            return scores;
        }
        return leaf -> {
            DocumentScores.Leaf ofLeaf = scores.leaf(leaf);
            return name -> LeafValues.quotient(ofLeaf.of(name), number(fields.norm()).values(leaf));
        };
    }

    private Set<String> exactFields(Similarity similarity, Set<String> synsets) {
        Set<String> read = new HashSet<>();
        read.add(fields.path(similarity.vectorField));
        if (similarity == Similarity.COSINE) {
            read.add(fields.norm());
        }
        if (similarity == Similarity.KINDS) {
            read.add(fields.names());
        }
        if (fields.isPacked(context)) {
            read.add(fields.packedScores());
        } else {
            synsets.forEach(synset -> read.add(fields.score(synset)));
        }
        return read;
    }

    private LeafNames names() {
        MappedFieldType type = context.getFieldType(fields.names());
        if (type == null) {
            return leaf -> DocValues.emptySortedSet();
        }
        IndexFieldData<?> data = context.getForField(type, FielddataOperation.SEARCH);
        return leaf ->
                data.load(leaf) instanceof LeafOrdinalsFieldData names
                        ? names.getOrdinalsValues()
                        : DocValues.emptySortedSet();
    }

    private LeafValues number(String field) {
        MappedFieldType type = context.getFieldType(field);
        if (type == null) {
            return leaf -> DoubleValues.EMPTY;
        }
        IndexNumericFieldData data = context.getForField(type, FielddataOperation.SEARCH);
        return leaf -> LeafValues.first(data.load(leaf).getDoubleValues());
    }

    private LeafValues storedScript(Similarity similarity, Map<String, Double> weights) {
        Map<String, Object> params = new HashMap<>();
        boolean packed = fields.isPacked(context);
        if (packed) {
            params.put("scores", fields.packedScores());
            params.put("norm", fields.norm());
            params.put("weights", byHashCode(weights));
        } else {
            params.put("synsets", mapped(weights));
        }
        if (similarity == Similarity.COSINE) {
            params.put("length", Weights.length(weights));
        }
        if (similarity == Similarity.KINDS) {
            params.put("names", context.isFieldMapped(fields.names()));
        }
        String id = packed ? similarity.packedScript : similarity.script;
        ScoreScript.Factory factory;
        try {
            factory =
                    context.compile(
                            new Script(ScriptType.STORED, null, id, params), ScoreScript.CONTEXT);
        } catch (ResourceNotFoundException e) {
            throw new IllegalArgumentException(
                    "["
                            + ImageSynsetQueryBuilder.NAME
                            + "] expected the stored script ["
                            + id
                            + "], found none; run [image-synset setup]",
                    e);
        }
        SearchLookup lookup = lookup();
        ScoreScript.LeafFactory script = factory.newFactory(params, lookup);
        return leaf -> LeafValues.of(script.newInstance(new DocValuesDocReader(lookup, leaf)), id);
    }

    /**
     * What a script reads.
     *
     * <p>The context's own goes through the whole mapping at once, to know how a document's source
     * is put together; that took an eighth of a search's time, and the stored scripts don't ask.
     */
    private SearchLookup lookup() {
        return new SearchLookup(
                context::getFieldType,
                (type, shared, operation) -> context.getForField(type, operation),
                (leaf, doc) -> context.lookup().getSource(leaf, doc));
    }

    private static Map<Integer, Double> byHashCode(Map<String, Double> weights) {
        Map<Integer, Double> byHashCode = new HashMap<>();
        weights.forEach((name, weight) -> byHashCode.put(name.hashCode(), weight));
        return byHashCode;
    }

    /** Without the synsets that no document of the index can have: the scripts don't ask. */
    private Map<String, Double> mapped(Map<String, Double> weights) {
        Map<String, Double> mapped = new TreeMap<>(weights);
        mapped.keySet().removeIf(name -> context.isFieldMapped(fields.score(name)) == false);
        return mapped;
    }
}
