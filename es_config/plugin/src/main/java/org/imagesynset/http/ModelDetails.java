package org.imagesynset.http;

import static org.elasticsearch.xcontent.ConstructingObjectParser.constructorArg;
import static org.elasticsearch.xcontent.ConstructingObjectParser.optionalConstructorArg;

import java.io.IOException;
import java.util.Map;
import org.elasticsearch.xcontent.ConstructingObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.imagesynset.analysis.Analysis;

/**
 * The answer of {@code GET /v1/model}.
 *
 * @param limits what the sidecar takes, as it says itself; empty when it doesn't say
 */
public record ModelDetails(Analysis.Model model, Map<String, Object> limits) {
    @SuppressWarnings("unchecked")
    private static final ConstructingObjectParser<ModelDetails, Void> PARSER =
            new ConstructingObjectParser<>(
                    "model",
                    true,
                    a ->
                            new ModelDetails(
                                    model(a),
                                    a[4] == null ? Map.of() : (Map<String, Object>) a[4]));

    static {
        PARSER.declareString(constructorArg(), new ParseField("name"));
        PARSER.declareString(constructorArg(), new ParseField("version"));
        PARSER.declareString(constructorArg(), new ParseField("weights_sha256"));
        PARSER.declareObject(
                optionalConstructorArg(),
                (parser, context) -> parser.map(),
                new ParseField("vocabulary"));
        PARSER.declareObject(
                optionalConstructorArg(),
                (parser, context) -> parser.map(),
                new ParseField("limits"));
    }

    /** Of name, version, hash of the weights, and the vocabulary or null. */
    static Analysis.Model model(Object[] values) {
        return new Analysis.Model(
                (String) values[0],
                (String) values[1],
                (String) values[2],
                values[3] instanceof Map<?, ?> vocabulary
                                && vocabulary.get("name") instanceof String name
                        ? name
                        : Analysis.Model.IMAGENET);
    }

    /**
     * @throws IOException telling what was expected and what was found
     */
    static ModelDetails read(byte[] json) throws IOException {
        return SidecarJson.read(json, PARSER);
    }
}
