package org.imagesynset;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentFactory;

/**
 * One request to {@code POST /v1/analyze}. An image's id is its place in the list.
 *
 * @param images base64 or data URLs; other text is escaped, and text that is not Unicode loses what
 *     is not
 */
record AnalyzeRequest(AnalyzeOptions options, List<String> images) {
    /** The most that a dense_vector takes. */
    static final int MAX_FEATURES = 4096;

    private static final int JSON_BYTES_PER_IMAGE = 64;
    private static final int JSON_BYTES_PER_FEATURE = 32;

    /** The JSON text, written once and read from its pages. */
    BodyPublisher body() throws IOException {
        BytesReference json = json();
        return BodyPublishers.fromPublisher(
                BodyPublishers.ofInputStream(() -> stream(json)), json.length());
    }

    /**
     * How long an honest answer can be: most of it is 1000 synsets and a thumbnail of 512 pixels
     * per image, and the features.
     */
    int maxResponseBytes() {
        int features = options.features() ? MAX_FEATURES * JSON_BYTES_PER_FEATURE : 0;
        return Math.multiplyExact(images.size(), (1 << 20) + features);
    }

    private BytesReference json() throws IOException {
        long expected =
                images.stream().mapToLong(image -> image.length() + JSON_BYTES_PER_IMAGE).sum();
        BytesStreamOutput out = new BytesStreamOutput(Math.toIntExact(expected));
        try (XContentBuilder json = XContentFactory.jsonBuilder(out)) {
            json.startObject().startArray("images");
            for (int i = 0; i < images.size(); i++) {
                byte[] utf8 = images.get(i).getBytes(StandardCharsets.UTF_8);
                json.startObject().field("id", Integer.toString(i)).field("image");
                json.utf8Value(utf8, 0, utf8.length).endObject();
            }
            json.endArray().field("top_k", options.topK());
            if (options.wantsThumbnail()) {
                json.field("thumbnail", options.thumbnail());
            }
            if (options.features()) {
                json.field("features", true);
            }
            json.endObject();
        }
        return out.bytes();
    }

    private static InputStream stream(BytesReference bytes) {
        try {
            return bytes.streamInput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
