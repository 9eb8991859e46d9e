package org.imagesynset.http;

import java.io.IOException;
import java.util.Map;
import org.elasticsearch.common.Strings;
import org.elasticsearch.xcontent.ConstructingObjectParser;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;

/** Reads JSON that a sidecar sent. */
public final class SidecarJson {
    private static final int MAX_MESSAGE = 300;

    private SidecarJson() {}

    /**
     * Reads one object and nothing after it.
     *
     * @throws IOException telling what was expected and what was found
     */
    static <T> T read(byte[] json, ConstructingObjectParser<T, Void> expected) throws IOException {
        // The source may hold thumbnails, which have no place in an error message.
        XContentParserConfiguration config =
                XContentParserConfiguration.EMPTY.withIncludeSourceOnError(false);
        try (XContentParser parser = JsonXContent.jsonXContent.createParser(config, json)) {
            T answer = expected.parse(parser, null);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more after its end");
            }
            return answer;
        } catch (IOException | RuntimeException e) {
            throw new IOException(rootMessage(e), e);
        }
    }

    /**
     * Reads an object as it is, in its order.
     *
     * @throws IOException telling what was expected and what was found
     */
    public static Map<String, Object> map(byte[] json) throws IOException {
        try (XContentParser parser =
                JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, json)) {
            return parser.mapOrdered();
        } catch (IOException | RuntimeException e) {
            throw new IOException(rootMessage(e), e);
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return "expected the JSON of API version 1, found ["
                + Strings.cleanTruncate(String.valueOf(root.getMessage()), MAX_MESSAGE)
                + "]";
    }
}
