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

/**
 * The JSON of a request, made while it is sent: the images are megabytes that the documents hold
 * already, and a second copy of all that is under way would be a good part of a small heap.
 */
final class AnalyzeBody {

    /** A stretch of the JSON. */
    private record Part(long length, Supplier<InputStream> bytes) {}

    private final List<Part> parts = new ArrayList<>();

    private AnalyzeBody() {}

    static BodyPublisher of(AnalyzeRequest request) throws IOException {
        AnalyzeBody body = new AnalyzeBody();
        body.add("{\"images\":[");
        for (int i = 0; i < request.images().size(); i++) {
            body.add((i == 0 ? "" : ",") + "{\"id\":\"" + i + "\",\"image\":\"");
            body.addText(request.images().get(i));
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
        parts.add(new Part(ascii.length(), () -> new AsciiStream(ascii)));
    }

    private void addText(String text) throws IOException {
        if (text.chars().allMatch(AnalyzeBody::standsForItself)) {
            add(text);
            return;
        }
        byte[] quoted = quote(text);
        // Without its quotation marks.
        int length = quoted.length - 2;
        parts.add(new Part(length, () -> new ByteArrayInputStream(quoted, 1, length)));
    }

    /** Of base64 every character does; line breaks in it, and whatever else is sent, don't. */
    private static boolean standsForItself(int c) {
        return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
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

    /** The characters of a text, each a byte. */
    private static final class AsciiStream extends InputStream {
        private final String text;
        private int position;

        AsciiStream(String text) {
            this.text = text;
        }

        @Override
        public int read() {
            return position < text.length() ? text.charAt(position++) : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            int count = Math.min(length, text.length() - position);
            if (count <= 0) {
                return length == 0 ? 0 : -1;
            }
            for (int i = 0; i < count; i++) {
                bytes[offset + i] = (byte) text.charAt(position + i);
            }
            position += count;
            return count;
        }
    }
}
