package org.imagesynset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.ImageText;

/** Texts that stand for images in tests. */
public final class Images {
    private Images() {}

    public static ImageText image(String text) {
        try {
            return ImageText.of(text);
        } catch (AnalysisException e) {
            throw new AssertionError(e);
        }
    }

    /** As the sidecar receives it. */
    public static String text(ImageText image) {
        try {
            byte[] base64 = image.base64().readAllBytes();
            return image.header() + new String(base64, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
