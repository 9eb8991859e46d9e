package org.imagesynset.http;

import static org.elasticsearch.xcontent.ConstructingObjectParser.constructorArg;

import java.io.IOException;
import org.elasticsearch.common.Strings;
import org.elasticsearch.xcontent.ConstructingObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;

/** The sidecar's {@code {"type": ..., "reason": ...}}, about one image or about a whole request. */
record SidecarError(String type, String reason) {
    private static final int MAX_TYPE = 64;
    private static final int MAX_REASON = 1000;

    static final ConstructingObjectParser<SidecarError, Void> PARSER =
            new ConstructingObjectParser<>(
                    "error", true, a -> new SidecarError((String) a[0], (String) a[1]));
    private static final ConstructingObjectParser<SidecarError, Void> BODY =
            new ConstructingObjectParser<>("error body", true, a -> (SidecarError) a[0]);

    static {
        PARSER.declareString(constructorArg(), new ParseField("type"));
        PARSER.declareString(constructorArg(), new ParseField("reason"));
        BODY.declareObject(constructorArg(), PARSER, new ParseField("error"));
    }

    /** Both are stored with the document, so their length is bounded. */
    SidecarError {
        type = Strings.cleanTruncate(type, MAX_TYPE);
        reason = Strings.cleanTruncate(reason, MAX_REASON);
    }

    /**
     * The error in the body of a request that failed, or null when the body is anything else, as a
     * proxy's may be.
     */
    static SidecarError ofBody(byte[] body) {
        try (XContentParser parser =
                JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, body)) {
            return BODY.parse(parser, null);
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }
}
