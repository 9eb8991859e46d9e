package org.imagesynset.mustache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.elasticsearch.common.Strings;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.json.JsonXContent;

/** What a section that is a function writes. */
sealed interface SectionFunction {

    Pattern JOIN_DELIMITER = Pattern.compile("join delimiter='(.*)'");

    /**
     * @param param the parameter that the section names, null if it is missing or the function
     *     takes none
     * @param body the section's body, rendered like any other
     */
    String apply(Object param, String body);

    /** Whether the body is the name of a parameter. */
    default boolean takesParam() {
        return true;
    }

    /** The function that a section's name stands for; none if the section is an ordinary one. */
    static Optional<SectionFunction> named(String section) {
        Matcher delimiter = JOIN_DELIMITER.matcher(section);
        if (delimiter.matches()) {
            return Optional.of(new Join(delimiter.group(1)));
        }
        if (section.equalsIgnoreCase("toJson")) {
            return Optional.of(new ToJson());
        }
        if (section.equalsIgnoreCase("join")) {
            return Optional.of(new Join(","));
        }
        if (section.equalsIgnoreCase("url")) {
            return Optional.of(new Url());
        }
        return Optional.empty();
    }

    /**
     * Lists and objects as JSON; anything else as the plain text that it prints as, neither quoted
     * nor escaped.
     */
    record ToJson() implements SectionFunction {
        @Override
        public String apply(Object param, String body) {
            if (param == null) {
                return "";
            }
            if (!(param instanceof Iterable || param instanceof Map)) {
                return param.toString();
            }
            try (XContentBuilder json = JsonXContent.contentBuilder()) {
                json.value(param instanceof ParamsHandler.ListScope scope ? scope.list() : param);
                return Strings.toString(json);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /**
     * A list's elements, not escaped, with the delimiter between them; anything else leaves the
     * body as it is.
     */
    record Join(String delimiter) implements SectionFunction {
        @Override
        public String apply(Object param, String body) {
            if (!(param instanceof Iterable<?> elements)) {
                return body;
            }
            return StreamSupport.stream(elements.spliterator(), false)
                    .map(
                            element ->
                                    Objects.requireNonNull(
                                                    element, "Expected no null in a list to join")
                                            .toString())
                    .collect(Collectors.joining(delimiter));
        }
    }

    /** The body as a part of a URL. */
    record Url() implements SectionFunction {
        @Override
        public String apply(Object param, String body) {
            return Escaping.URL.escape(body);
        }

        @Override
        public boolean takesParam() {
            return false;
        }
    }
}
