package org.imagesynset.http;

import static org.elasticsearch.xcontent.ConstructingObjectParser.constructorArg;
import static org.elasticsearch.xcontent.ConstructingObjectParser.optionalConstructorArg;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.xcontent.ConstructingObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentParser;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.Analysis.ImageFacts;
import org.imagesynset.analysis.Analysis.Model;
import org.imagesynset.analysis.Analysis.Synset;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageResult;

/**
 * Reads the answer of {@code POST /v1/analyze} and checks it against what was asked. Fields it does
 * not know are skipped, so a newer sidecar may say more.
 */
final class AnalyzeResponseParser {
    /** Sums of single-precision probabilities end a little above 1. */
    private static final double TOLERANCE = 1e-4;

    private record Answer(Model model, List<Result> results) {}

    private record Result(
            String id,
            List<Synset> synsets,
            Map<String, Double> concepts,
            ImageFacts image,
            String thumbnail,
            List<Float> features,
            SidecarError error) {}

    private static final ConstructingObjectParser<Model, Void> MODEL =
            new ConstructingObjectParser<>("model", true, ModelDetails::model);
    private static final ConstructingObjectParser<Synset, Void> SYNSET =
            new ConstructingObjectParser<>(
                    "synset",
                    true,
                    a -> new Synset((String) a[0], (String) a[1], (String) a[2], (double) a[3]));
    private static final ConstructingObjectParser<ImageFacts, Void> IMAGE =
            new ConstructingObjectParser<>(
                    "image",
                    true,
                    a ->
                            new ImageFacts(
                                    (String) a[0],
                                    (String) a[1],
                                    (int) a[2],
                                    (int) a[3],
                                    (long) a[4]));

    @SuppressWarnings("unchecked")
    private static final ConstructingObjectParser<Result, Void> RESULT =
            new ConstructingObjectParser<>(
                    "result",
                    true,
                    a ->
                            new Result(
                                    (String) a[0],
                                    (List<Synset>) a[1],
                                    (Map<String, Double>) a[2],
                                    (ImageFacts) a[3],
                                    (String) a[4],
                                    (List<Float>) a[5],
                                    (SidecarError) a[6]));

    @SuppressWarnings("unchecked")
    private static final ConstructingObjectParser<Answer, Void> ANSWER =
            new ConstructingObjectParser<>(
                    "answer", true, a -> new Answer((Model) a[0], (List<Result>) a[1]));

    static {
        MODEL.declareString(constructorArg(), new ParseField("name"));
        MODEL.declareString(constructorArg(), new ParseField("version"));
        MODEL.declareString(constructorArg(), new ParseField("weights_sha256"));
        MODEL.declareObject(
                optionalConstructorArg(),
                (parser, context) -> parser.map(),
                new ParseField("vocabulary"));
        SYNSET.declareString(constructorArg(), new ParseField("name"));
        SYNSET.declareString(constructorArg(), new ParseField("wind"));
        SYNSET.declareString(constructorArg(), new ParseField("words"));
        SYNSET.declareDouble(constructorArg(), new ParseField("score"));
        IMAGE.declareString(constructorArg(), new ParseField("sha256"));
        IMAGE.declareString(constructorArg(), new ParseField("format"));
        IMAGE.declareInt(constructorArg(), new ParseField("width"));
        IMAGE.declareInt(constructorArg(), new ParseField("height"));
        IMAGE.declareLong(constructorArg(), new ParseField("bytes"));
        RESULT.declareString(constructorArg(), new ParseField("id"));
        RESULT.declareObjectArray(optionalConstructorArg(), SYNSET, new ParseField("synsets"));
        RESULT.declareObject(
                optionalConstructorArg(),
                (parser, context) -> parser.map(LinkedHashMap::new, XContentParser::doubleValue),
                new ParseField("concepts"));
        RESULT.declareObject(optionalConstructorArg(), IMAGE, new ParseField("image"));
        RESULT.declareString(optionalConstructorArg(), new ParseField("thumbnail"));
        RESULT.declareFloatArray(optionalConstructorArg(), new ParseField("features"));
        RESULT.declareObject(
                optionalConstructorArg(), SidecarError.PARSER, new ParseField("error"));
        ANSWER.declareObject(constructorArg(), MODEL, new ParseField("model"));
        ANSWER.declareObjectArray(constructorArg(), RESULT, new ParseField("results"));
    }

    private AnalyzeResponseParser() {}

    /**
     * The results in the order of the request's images.
     *
     * @throws IOException telling what was expected and what was found
     */
    static List<ImageResult> read(byte[] json, AnalyzeRequest request) throws IOException {
        Answer answer = SidecarJson.read(json, ANSWER);
        Map<String, Result> byId = new HashMap<>();
        for (Result result : answer.results()) {
            byId.put(result.id(), result);
        }
        int asked = request.images().size();
        check(
                answer.results().size() == asked,
                "as many results as images",
                asked,
                answer.results().size());
        checkFeatures(answer.results(), request.options());
        List<ImageResult> results = new ArrayList<>();
        for (int i = 0; i < asked; i++) {
            Result result = byId.get(Integer.toString(i));
            check(result != null, "a result for each id", i, "none");
            results.add(
                    result.error() != null
                            ? AnalysisException.imageFault(
                                    result.error().type(), result.error().reason())
                            : analysis(answer.model(), result, request.options()));
        }
        return results;
    }

    private static Analysis analysis(Model model, Result result, AnalyzeOptions options)
            throws IOException {
        List<Synset> synsets = present(result.synsets(), "synsets");
        check(synsets.size() <= options.topK(), "synsets at most", options.topK(), synsets.size());
        Set<String> names = new HashSet<>();
        List<Synset> checked = new ArrayList<>();
        double previous = 1;
        for (Synset synset : synsets) {
            checkName(synset.name());
            check(names.add(synset.name()), "each synset once", 1, synset.name());
            double score = checkScore(synset.score());
            check(score <= previous, "descending scores, at most", previous, score);
            previous = score;
            checked.add(new Synset(synset.name(), synset.wind(), synset.words(), score));
        }
        Map<String, Double> concepts = new LinkedHashMap<>();
        for (Map.Entry<String, Double> concept :
                present(result.concepts(), "concepts").entrySet()) {
            checkName(concept.getKey());
            concepts.put(concept.getKey(), checkScore(concept.getValue()));
        }
        String thumbnail =
                options.wantsThumbnail() ? present(result.thumbnail(), "thumbnail") : null;
        return new Analysis(
                model,
                checked,
                concepts,
                present(result.image(), "image"),
                thumbnail,
                options.features() ? present(result.features(), "features") : null);
    }

    /** One model answers a batch, so its vectors are of one length. */
    private static void checkFeatures(List<Result> results, AnalyzeOptions options)
            throws IOException {
        int length = 0;
        for (Result result : results) {
            List<Float> features = result.features();
            if (options.features() == false || features == null) {
                continue;
            }
            int found = features.size();
            check(
                    found >= 1 && found <= AnalyzeRequest.MAX_FEATURES,
                    "features, at most",
                    AnalyzeRequest.MAX_FEATURES,
                    found);
            check(length == 0 || found == length, "as many features as before", length, found);
            length = found;
            for (float feature : features) {
                check(Float.isFinite(feature), "features that are", "finite", feature);
            }
        }
    }

    /** A sparse vector's entries are named by these, and Elasticsearch refuses dots there. */
    private static void checkName(String name) throws IOException {
        check(
                name.isBlank() == false && name.indexOf('.') < 0,
                "names without dots",
                "a word",
                name);
    }

    private static double checkScore(double score) throws IOException {
        // Written so that NaN fails too.
        check(score >= 0 && score <= 1 + TOLERANCE, "scores from 0 to", 1, score);
        return Math.min(score, 1);
    }

    private static <T> T present(T value, String field) throws IOException {
        check(value != null, "a result to hold", field, "none");
        return value;
    }

    private static void check(boolean holds, String rule, Object expected, Object found)
            throws IOException {
        if (holds == false) {
            throw new IOException(
                    "expected " + rule + " [" + expected + "], found [" + found + "]");
        }
    }
}
