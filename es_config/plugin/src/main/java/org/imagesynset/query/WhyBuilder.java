package org.imagesynset.query;

import java.io.IOException;
import java.util.Map;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.search.SearchExtBuilder;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentLocation;
import org.elasticsearch.xcontent.XContentParser;
import org.imagesynset.query.words.Excerpt;

/** A search's {@code "ext": {"image_synset": {"why": true}}}. */
public final class WhyBuilder extends SearchExtBuilder {
    public static final String NAME = ImageSynsetQueryBuilder.NAME;

    private final boolean why;

    private WhyBuilder(boolean why) {
        this.why = why;
    }

    /** Reads what another node has written. */
    public WhyBuilder(StreamInput in) throws IOException {
        this(in.readBoolean());
    }

    /**
     * Reads the section.
     *
     * @throws ParsingException (status 400) saying what to change
     */
    public static WhyBuilder fromXContent(XContentParser parser) throws IOException {
        XContentLocation location = parser.getTokenLocation();
        Map<String, Object> section = parser.map();
        if (section.size() == 1 && section.get("why") instanceof Boolean why) {
            return new WhyBuilder(why);
        }
        throw new ParsingException(
                location,
                "[ext."
                        + NAME
                        + "] expected {\"why\": true} or {\"why\": false}, found "
                        + Excerpt.of(section));
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
        return json.startObject(NAME).field("why", why).endObject();
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WhyBuilder builder && builder.why == why;
    }

    @Override
    public int hashCode() {
        return Boolean.hashCode(why);
    }
}
