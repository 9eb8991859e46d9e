package org.imagesynset.query;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.hash.MessageDigests;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.xcontent.ToXContentFragment;
import org.elasticsearch.xcontent.XContentBuilder;
import org.imagesynset.document.Base64Text;

/** What one query searches by. */
sealed interface QueryInput extends Writeable, ToXContentFragment {

    static QueryInput read(Kind kind, StreamInput in) throws IOException {
        return switch (kind) {
            case IMAGE -> new Image(in.readString(), in.readVInt(), "");
            case IMAGE_BY -> new Image(in.readString(), in.readVInt(), in.readString());
            case SYNSETS ->
                    new Synsets(
                            in.readOrderedMap(StreamInput::readString, StreamInput::readDouble));
            case WORDS -> new Words(in.readStringCollectionAsList(), true);
            case DOCUMENT ->
                    new Document(in.readString(), in.readString(), in.readOptionalString());
            case BELOW ->
                    throw new IOException("expected what is searched by, found a field twice");
        };
    }

    /**
     * An image that is yet to be analyzed.
     *
     * @param image base64 or a data URL
     * @param topK how many of its synsets count
     * @param sidecar the name of the sidecars that analyze it; empty where the query says none
     */
    record Image(String image, int topK, String sidecar) implements QueryInput {
        private static final Set<String> DESCRIPTIONS =
                Set.of("buildDescription", "getDescription", "description");

        private static final StackWalker DESCRIBING = StackWalker.getInstance();

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeEnum(sidecar.isEmpty() ? Kind.IMAGE : Kind.IMAGE_BY);
            out.writeString(image);
            out.writeVInt(topK);
            if (sidecar.isEmpty() == false) {
                out.writeString(sidecar);
            }
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder json, Params params) throws IOException {
            if (DESCRIBING.walk(frames -> frames.anyMatch(Image::isDescription))) {
                describe(json);
            } else {
                json.field("image", image);
            }
            if (sidecar.isEmpty() == false) {
                json.field("sidecar", sidecar);
            }
            return json.field("top_k", topK);
        }

        /**
         * Elasticsearch describes the task of a search by the same method by which it writes what
         * it stores and reads again, and by the same parameters.
         */
        private static boolean isDescription(StackWalker.StackFrame frame) {
            return DESCRIPTIONS.contains(frame.getMethodName())
                    && frame.getClassName().startsWith("org.elasticsearch.action.");
        }

        /** Whoever may watch tasks reads it, so it has no photo. */
        private void describe(XContentBuilder json) throws IOException {
            byte[] bytes = Base64Text.decode(image);
            byte[] hashed = bytes == null ? image.getBytes(StandardCharsets.UTF_8) : bytes;
            json.startObject("image")
                    .field(
                            "sha256",
                            MessageDigests.toHexString(MessageDigests.sha256().digest(hashed)))
                    .field("bytes", hashed.length)
                    .endObject();
        }
    }

    /** Weights by the name of a synset. */
    record Synsets(Map<String, Double> weights) implements QueryInput {
        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeEnum(Kind.SYNSETS);
            out.writeMap(weights, StreamOutput::writeDouble);
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder json, Params params) throws IOException {
            return json.field("synsets", weights);
        }
    }

    /**
     * A user's words.
     *
     * @param required whether it is an error if they lead to nothing: checked by the node that got
     *     the search, and not shown to others
     */
    record Words(List<String> words, boolean required) implements QueryInput {
        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeEnum(Kind.WORDS);
            out.writeStringCollection(words);
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder json, Params params) throws IOException {
            json.stringListField("words", words);
            return required ? json : json.field("unknown_words", "ignore");
        }
    }

    /**
     * An indexed document whose synsets are yet to be fetched.
     *
     * @param routing or null for a document that was indexed without one
     */
    record Document(String index, String id, String routing) implements QueryInput {
        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeEnum(Kind.DOCUMENT);
            out.writeString(index);
            out.writeString(id);
            out.writeOptionalString(routing);
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder json, Params params) throws IOException {
            json.startObject("document").field("index", index).field("id", id);
            if (routing != null) {
                json.field("routing", routing);
            }
            return json.endObject();
        }
    }

    /** Sent by number: the order is part of what nodes tell each other. */
    enum Kind {
        IMAGE,
        SYNSETS,
        WORDS,
        DOCUMENT,
        /**
         * Not what is searched by, but the object that the fields are below; older nodes refuse it.
         */
        BELOW,
        /** An image with the name of its sidecars. */
        IMAGE_BY
    }
}
