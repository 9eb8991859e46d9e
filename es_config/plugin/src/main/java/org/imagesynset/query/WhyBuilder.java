package org.imagesynset.query;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.search.SearchExtBuilder;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentLocation;
import org.elasticsearch.xcontent.XContentParser;
import org.imagesynset.query.words.Excerpt;

/**
 * A search's {@code "ext": {"image_synset": {"why": true, "words": "a kitten", "field": ""}}}.
 *
 * <p>What the words led to is added by the coordinating node, so the shards see nothing of them.
 */
public final class WhyBuilder extends SearchExtBuilder {
    public static final String NAME = ImageSynsetQueryBuilder.NAME;

    private static final Set<String> OPTIONS = Set.of("why", "words", "field");

    private final boolean why;
    private final List<String> words;
    private final String field;

    private WhyBuilder(boolean why, List<String> words, String field) {
        this.why = why;
        this.words = words;
        this.field = field;
    }

    /** Reads what another node has written. */
    public WhyBuilder(StreamInput in) throws IOException {
        this(in.readBoolean(), List.of(), "");
    }

    /**
     * Reads the section.
     *
     * @throws ParsingException (status 400) saying what to change
     */
    public static WhyBuilder fromXContent(XContentParser parser) throws IOException {
        XContentLocation location = parser.getTokenLocation();
        Map<String, Object> section = parser.map();
        if (OPTIONS.containsAll(section.keySet())
                && section.getOrDefault("why", false) instanceof Boolean why
                && section.getOrDefault("field", "") instanceof String field) {
            List<String> words = texts(section.getOrDefault("words", List.of()));
            return new WhyBuilder(why, words, SynsetFields.of(field).root());
        }
        throw new ParsingException(
                location,
                "[ext."
                        + NAME
                        + "] expected {\"why\": true} or {\"why\": false}, and perhaps the [words] of"
                        + " the search and the [field] that they are for, found ["
                        + Excerpt.of(section)
                        + "]");
    }

    /** What is not text is left to the query, which says what is wrong with it. */
    private static List<String> texts(Object value) {
        List<?> given = value instanceof List<?> list ? list : List.of(String.valueOf(value));
        return given.stream()
                .filter(one -> one instanceof String text && text.isBlank() == false)
                .map(one -> (String) one)
                .toList();
    }

    /** The words of the search whose meaning is to be reported; empty for none. */
    public List<String> words() {
        return words;
    }

    /** The path of the object that the words are searched for in. */
    public String field() {
        return field;
    }

    boolean why() {
        return why;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeBoolean(why);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder json, Params params) throws IOException {
        json.startObject(NAME).field("why", why);
        if (words.isEmpty() == false) {
            json.stringListField("words", words).field("field", field);
        }
        return json.endObject();
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WhyBuilder builder
                && builder.why == why
                && builder.words.equals(words)
                && builder.field.equals(field);
    }

    @Override
    public int hashCode() {
        return Objects.hash(why, words, field);
    }
}
