package org.imagesynset.document;

import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.ingest.IngestDocument;
import org.imagesynset.analysis.AnalysisException;

/**
 * The field that holds the image.
 *
 * @param path its path, with dots
 * @param max how long its text may be
 */
public record ImageField(String path, ByteSizeValue max) {

    /**
     * Makes one field of it, however the client wrote its name.
     *
     * @return other values for it by their name, which are removed; usually none
     */
    public Map<String, Object> expandDots(IngestDocument document) {
        return DottedNames.expand(document.getSource(), List.of(path));
    }

    /** What the document comes with, or null. */
    public Object value(IngestDocument document) {
        Object value = document.getFieldValue(path, Object.class, true);
        return "".equals(value) ? null : value;
    }

    /** Whether the document names the field at all, be it with null or empty text. */
    public boolean isNamed(IngestDocument document) {
        return document.hasField(path);
    }

    public void remove(IngestDocument document) {
        document.removeField(path);
    }

    /**
     * Where there is an array of objects on its path: to Elasticsearch their values are the same
     * field, to pipelines they are not.
     *
     * @throws AnalysisException where one of them has a value
     */
    public void checkNotInArray(IngestDocument document) throws AnalysisException {
        if (isInArray(document.getSource(), path, false)) {
            throw AnalysisException.imageFault(
                    "invalid_field",
                    "expected one object with the image, found an array of objects; put [foreach]"
                            + " around the processor");
        }
    }

    private static boolean isInArray(Object value, String rest, boolean inArray) {
        if (value instanceof List<?> list) {
            return list.stream().anyMatch(element -> isInArray(element, rest, true));
        }
        if (rest.isEmpty()) {
            return inArray && value != null;
        }
        int dot = rest.indexOf('.');
        return value instanceof Map<?, ?> object
                && isInArray(
                        object.get(dot < 0 ? rest : rest.substring(0, dot)),
                        dot < 0 ? "" : rest.substring(dot + 1),
                        inArray);
    }

    /** The value as text that may be base64. */
    public String text(Object value) throws AnalysisException {
        return switch (value) {
            case String text -> {
                checkLength(text.length());
                yield text;
            }
            case byte[] bytes -> {
                checkLength((bytes.length + 2L) / 3 * 4);
                yield Base64.getEncoder().encodeToString(bytes);
            }
            default ->
                    throw AnalysisException.imageFault(
                            "invalid_field",
                            "expected an image as base64 text or binary, found a ["
                                    + value.getClass().getSimpleName()
                                    + "]; change [field]");
        };
    }

    private void checkLength(long length) throws AnalysisException {
        if (length > max.getBytes()) {
            throw AnalysisException.imageFault(
                    "field_too_large",
                    "expected at most ["
                            + max
                            + "] of base64 text, found ["
                            + ByteSizeValue.ofBytes(length)
                            + "]; change [max_field_bytes]");
        }
    }

    /**
     * Makes the value one that every mapping for binaries takes, for a document that keeps it: in
     * one spelling of base64. What is none would have Elasticsearch refuse the whole document.
     *
     * @return what was removed from the field because it is not base64, or null
     */
    public Object makeStorable(IngestDocument document) {
        Object value = value(document);
        if (value == null || value instanceof byte[]) {
            return null;
        }
        String base64 = value instanceof String text ? Base64Text.normalized(text) : null;
        if (base64 == null) {
            remove(document);
            return value;
        }
        if (base64.equals(value) == false) {
            document.setFieldValue(path, base64);
        }
        return null;
    }
}
