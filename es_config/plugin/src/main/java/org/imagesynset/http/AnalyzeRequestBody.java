package org.imagesynset.http;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageText;

/**
 * The JSON of a request, made while it is sent: the images are megabytes that the documents hold
 * already, and a second copy of all that is under way would be a good part of a small heap.
 */
final class AnalyzeRequestBody {

    /** A stretch of the JSON. */
    private record Part(long length, Supplier<InputStream> bytes) {}

    private final List<Part> parts = new ArrayList<>();

    private AnalyzeRequestBody() {}

    static BodyPublisher of(AnalyzeRequest request) throws IOException {
        AnalyzeRequestBody body = new AnalyzeRequestBody();
        body.add("{\"images\":[");
        for (int i = 0; i < request.images().size(); i++) {
            body.add((i == 0 ? "" : ",") + "{\"id\":\"" + i + "\",\"image\":\"");
            body.add(request.images().get(i));
            body.add("\"}");
        }
        AnalyzeOptions options = request.options();
        body.add("],\"top_k\":" + options.topK());
        if (options.wantsThumbnail()) {
            body.add(",\"thumbnail\":" + options.thumbnail());
        }
        if (options.features()) {
            body.add(",\"features\":true");
        }
        body.add("}");
        return body.publisher();
    }

    private BodyPublisher publisher() {
        return BodyPublishers.fromPublisher(
                BodyPublishers.ofInputStream(this::open),
                parts.stream().mapToLong(Part::length).sum());
    }

    /** Each stretch is opened when the one before it has been read. */
    private InputStream open() {
        Iterator<Part> rest = parts.iterator();
        return new SequenceInputStream(
                new Enumeration<>() {
                    @Override
                    public boolean hasMoreElements() {
                        return rest.hasNext();
                    }

                    @Override
                    public InputStream nextElement() {
                        return rest.next().bytes().get();
                    }
                });
    }

    private void add(String ascii) {
        add(ascii.getBytes(StandardCharsets.US_ASCII), 0, ascii.length());
    }

    private void add(byte[] bytes, int offset, int length) {
        parts.add(new Part(length, () -> new ByteArrayInputStream(bytes, offset, length)));
    }

    private void add(ImageText image) throws IOException {
        String header = image.header();
        if (header.isEmpty() == false) {
            byte[] quoted = quote(header);
            // Without its quotation marks.
            add(quoted, 1, quoted.length - 2);
        }
        parts.add(new Part(image.base64Length(), image::base64));
    }

    private static byte[] quote(String text) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (XContentBuilder json = new XContentBuilder(JsonXContent.jsonXContent, out)) {
            // By way of UTF-8, where half a surrogate pair becomes a question mark.
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            json.utf8Value(utf8, 0, utf8.length);
        }
        return out.toByteArray();
    }
}
