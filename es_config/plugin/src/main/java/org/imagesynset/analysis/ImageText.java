package org.imagesynset.analysis;

import static org.elasticsearch.core.Strings.format;

import java.io.InputStream;
import org.elasticsearch.common.unit.ByteSizeValue;

/**
 * An image as a client sends it: base64 or a data URL. It is held once and never copied; what is
 * read of it is the base64 without its white space.
 *
 * <p>Only what no reading of base64 allows is refused here, because such text can be many times as
 * long when it is sent as JSON. All else is for the sidecar to judge.
 */
public final class ImageText {
    /** How long a query's image may be, and a document's by default: 21 MB of image in base64. */
    public static final ByteSizeValue MAX = ByteSizeValue.ofMb(28);

    private static final String DATA = "data:";

    /** Longer ones are not headers of data URLs. */
    private static final int MAX_HEADER = 1000;

    private static final char BYTE_ORDER_MARK = '\ufeff';

    private final String text;
    private final int headerStart;
    private final int start;
    private final int length;
    private final boolean wide;

    private ImageText(String text, int headerStart, int start, int length, boolean wide) {
        this.text = text;
        this.headerStart = headerStart;
        this.start = start;
        this.length = length;
        this.wide = wide;
    }

    /**
     * Looks at each character once.
     *
     * @throws AnalysisException the image's fault {@code invalid_base64}
     */
    public static ImageText of(String text) throws AnalysisException {
        int headerStart = 0;
        while (headerStart < text.length() && isBlank(text.charAt(headerStart))) {
            headerStart++;
        }
        int start = headerStart + headerLength(text, headerStart);
        boolean wide = false;
        for (int i = 0; i < start; i++) {
            wide |= text.charAt(i) > 0xff;
        }
        int blanks = 0;
        for (int i = start; i < text.length(); i++) {
            char character = text.charAt(i);
            if (isLetter(character) == false) {
                if (isBlank(character) == false) {
                    throw invalid(character, i);
                }
                blanks++;
                wide |= character > 0xff;
            }
        }
        return new ImageText(text, headerStart, start, text.length() - start - blanks, wide);
    }

    private static int headerLength(String text, int from) {
        if (text.regionMatches(true, from, DATA, 0, DATA.length()) == false) {
            return 0;
        }
        int end = Math.min(text.length(), from + MAX_HEADER);
        for (int i = from; i < end; i++) {
            if (text.charAt(i) == ',') {
                return i + 1 - from;
            }
        }
        return 0;
    }

    /** Any that stands for itself in JSON: those of base64, and what may be meant as such. */
    private static boolean isLetter(char character) {
        return character > ' ' && character < 0x7f && character != '"' && character != '\\';
    }

    private static boolean isBlank(char character) {
        return character <= ' '
                ? Character.isWhitespace(character)
                : character > 0x7f
                        && (character == BYTE_ORDER_MARK
                                || character == '\u0085'
                                || Character.isWhitespace(character)
                                || Character.isSpaceChar(character));
    }

    private static AnalysisException invalid(char found, int position) {
        return AnalysisException.imageFault(
                "invalid_base64",
                format(
                        "expected base64 or a data URL, found the character [U+%04X] at position [%d] of the text",
                        (int) found, position));
    }

    /** What it takes of the heap: Java holds text in one byte a character, or all of it in two. */
    public long heapBytes() {
        return wide ? 2L * text.length() : text.length();
    }

    /** Of a data URL up to its comma; else empty. Any text. */
    public String header() {
        return text.substring(headerStart, start);
    }

    /** Characters of {@link #base64}. */
    public int base64Length() {
        return length;
    }

    /** What follows the header, without white space: visible ASCII that JSON need not escape. */
    public InputStream base64() {
        return new Letters();
    }

    /** The letters, each a byte. */
    private final class Letters extends InputStream {
        private int position = start;

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public int read(byte[] bytes, int offset, int count) {
            int read = 0;
            while (read < count && position < text.length()) {
                char character = text.charAt(position++);
                if (isLetter(character)) {
                    bytes[offset + read++] = (byte) character;
                }
            }
            return read == 0 && count > 0 ? -1 : read;
        }
    }
}
