package org.imagesynset.mustache;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.elasticsearch.xcontent.json.JsonStringEncoder;

/**
 * How <code>{{x}}</code> makes a value safe for the text around it, chosen by that text's media
 * type.
 */
enum Escaping {
    JSON("application/json") {
        @Override
        String escape(String value) {
            return new String(JsonStringEncoder.getInstance().quoteAsString(value));
        }
    },
    NONE("text/plain") {
        @Override
        String escape(String value) {
            return value;
        }
    },
    URL("application/x-www-form-urlencoded") {
        @Override
        String escape(String value) {
            return URLEncoder.encode(value, StandardCharsets.UTF_8);
        }
    };

    private final String mediaType;

    Escaping(String mediaType) {
        this.mediaType = mediaType;
    }

    abstract String escape(String value);

    /**
     * @param mediaType a media type, whose parameters (a charset) don't matter
     * @throws IllegalArgumentException for a media type without an escaping
     */
    static Escaping of(String mediaType) {
        String bare = mediaType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(escaping -> escaping.mediaType.equals(bare))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "Expected [content_type] to be one of "
                                                + Arrays.stream(values())
                                                        .map(escaping -> escaping.mediaType)
                                                        .toList()
                                                + ", found ["
                                                + mediaType
                                                + "]"));
    }
}
