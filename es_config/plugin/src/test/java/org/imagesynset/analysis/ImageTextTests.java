package org.imagesynset.analysis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Any text that clients send: what is read of it, what it weighs, what is refused. */
class ImageTextTests {
    @ParameterizedTest
    @CsvSource({
        "'QUJD\u0001', U+0001, 4",
        "'\u0000', U+0000, 0",
        "'QU\u007fJD', U+007F, 2",
        "'QU\"JD', U+0022, 2",
        "'\\n', U+005C, 0",
        "'QUé', U+00E9, 2",
        "'data:image/png;base64,\"', U+0022, 22",
        "'  data:x,漢', U+6F22, 9",
        "'data:\"', U+0022, 5"
    })
    void namesWhatCantBeBase64(String text, String character, int position) {
        AnalysisException e = assertThrows(AnalysisException.class, () -> ImageText.of(text));
        assertEquals("invalid_base64", e.type());
        assertEquals(AnalysisException.Fault.IMAGE, e.fault());
        assertEquals(
                "expected base64 or a data URL, found the character ["
                        + character
                        + "] at position ["
                        + position
                        + "] of the text",
                e.getMessage());
    }

    @Test
    void aHeaderIsShort() throws Exception {
        String longest = "data:" + "x".repeat(994) + ",";
        assertEquals(longest, ImageText.of(longest + "QQ==").header());
        ImageText longer = ImageText.of("data:" + "x".repeat(995) + ",QQ==");
        assertEquals("", longer.header());
        assertEquals(1005, longer.base64Length());
        assertThrows(
                AnalysisException.class, () -> ImageText.of("data:" + "\"".repeat(995) + ",QQ=="));
    }

    @Test
    void weighsWhatJavaHolds() throws Exception {
        assertEquals(4, ImageText.of("QQ==").heapBytes());
        assertEquals(5, ImageText.of("QQ==\u00a0").heapBytes(), "still one byte a character");
        assertEquals(10, ImageText.of("QQ==\u2028").heapBytes());
        assertEquals(10, ImageText.of("\ufeffQQ==").heapBytes());
        assertEquals(2 * 11, ImageText.of("data:漢,QQ==").heapBytes());
    }

    @Test
    void readsTheSameWhateverTheBuffer() throws Exception {
        Random random = new Random(1);
        byte[] image = new byte[10_000];
        random.nextBytes(image);
        String text = "data:image/x;base64," + Base64.getMimeEncoder().encodeToString(image);
        ImageText read = ImageText.of(text);
        assertEquals("data:image/x;base64,", read.header());
        assertEquals(Base64.getEncoder().encodeToString(image).length(), read.base64Length());
        for (int size : new int[] {1, 7, 77, 4096, 100_000}) {
            StringBuilder all = new StringBuilder();
            byte[] buffer = new byte[size];
            try (InputStream in = read.base64()) {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    all.append(new String(buffer, 0, count, StandardCharsets.US_ASCII));
                }
            }
            assertArrayEquals(image, Base64.getDecoder().decode(all.toString()), "by " + size);
        }
    }
}
