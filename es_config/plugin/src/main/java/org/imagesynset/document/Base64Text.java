package org.imagesynset.document;

import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;

/**
 * Base64 in the spellings that people send: plain, URL-safe, without padding, in lines, as a data
 * URL (also with percent signs), after a byte-order mark.
 */
public final class Base64Text {
    private static final String DATA = "data:";
    private static final String BASE64 = ";base64";

    private Base64Text() {}

    /** The bytes, at least one, or null for what is not base64. */
    public static byte[] decode(String text) {
        int start = 0;
        while (start < text.length() && isBlank(text.charAt(start))) {
            start++;
        }
        if (text.regionMatches(true, start, DATA, 0, DATA.length())) {
            int comma = text.indexOf(',', start);
            if (comma < 0
                    || text.substring(start, comma).toLowerCase(Locale.ROOT).endsWith(BASE64)
                            == false) {
                return null;
            }
            start = comma + 1;
        }
        byte[] plain = plain(text, start);
        try {
            byte[] bytes = plain == null ? null : Base64.getDecoder().decode(plain);
            return bytes == null || bytes.length == 0 ? null : bytes;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The same in the one spelling that every mapping takes, or null for what is not base64. */
    static String normalized(String text) {
        byte[] bytes = decode(text);
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }

    /** The letters alone, in the standard alphabet; null where there is anything else. */
    private static byte[] plain(String text, int start) {
        byte[] letters = new byte[text.length() - start];
        int count = 0;
        int padding = 0;
        for (int i = start; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '%' && i + 2 < text.length()) {
                int high = Character.digit(text.charAt(i + 1), 16);
                int low = Character.digit(text.charAt(i + 2), 16);
                if (high < 0 || low < 0) {
                    return null;
                }
                character = (char) (16 * high + low);
                i += 2;
            }
            if (isBlank(character)) {
                continue;
            }
            if (character == '=') {
                padding++;
                continue;
            }
            // Nothing follows the padding, of which there are two at most.
            if (padding > 0 || character > 127) {
                return null;
            }
            letters[count++] =
                    switch (character) {
                        case '-' -> '+';
                        case '_' -> '/';
                        default -> (byte) character;
                    };
        }
        return padding > 2 ? null : Arrays.copyOf(letters, count);
    }

    private static boolean isBlank(char character) {
        return character == '\uFEFF' || Character.isWhitespace(character);
    }
}
