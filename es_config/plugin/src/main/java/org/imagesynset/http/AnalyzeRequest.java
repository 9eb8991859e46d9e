package org.imagesynset.http;

import java.util.List;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageText;

/** One request to {@code POST /v1/analyze}. An image's id is its place in the list. */
public record AnalyzeRequest(AnalyzeOptions options, List<ImageText> images) {
    /** The most that a dense_vector takes. */
    static final int MAX_FEATURES = 4096;

    private static final int JSON_BYTES_PER_FEATURE = 32;

    /**
     * How long an honest answer can be: most of it is 1000 synsets and a thumbnail of 512 pixels
     * per image, and the features.
     */
    int maxResponseBytes() {
        int features = options.features() ? MAX_FEATURES * JSON_BYTES_PER_FEATURE : 0;
        return Math.multiplyExact(images.size(), (1 << 20) + features);
    }
}
