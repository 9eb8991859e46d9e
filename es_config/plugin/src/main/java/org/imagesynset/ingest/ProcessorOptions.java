package org.imagesynset.ingest;

import static org.elasticsearch.ingest.ConfigurationUtils.newConfigurationException;
import static org.elasticsearch.ingest.ConfigurationUtils.readBooleanProperty;
import static org.elasticsearch.ingest.ConfigurationUtils.readOptionalStringOrIntProperty;
import static org.elasticsearch.ingest.ConfigurationUtils.readStringProperty;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.elasticsearch.ElasticsearchParseException;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageText;
import org.imagesynset.document.FieldNames;
import org.imagesynset.query.words.Excerpt;

/**
 * The options of one {@code image_synset} processor in a pipeline, checked.
 *
 * @param field where the image is
 * @param names where the outcome goes
 * @param sidecar the name of the sidecars that are asked; empty for those without one
 * @param analyze what the sidecar is asked
 * @param ignoreMissing whether a document without the field passes untouched
 * @param removeBinary whether the field is removed once it is analyzed
 * @param maxFieldBytes how long the field's text may be
 * @param skipExisting whether a document keeps the analysis that an equal image got before
 * @param onUnavailable what becomes of a document when the sidecar can't analyze it now
 */
record ProcessorOptions(
        String field,
        FieldNames names,
        String sidecar,
        AnalyzeOptions analyze,
        boolean ignoreMissing,
        boolean removeBinary,
        ByteSizeValue maxFieldBytes,
        boolean skipExisting,
        OnUnavailable onUnavailable) {

    enum OnUnavailable {
        /** The document is refused with status 503. */
        FAIL,
        /** The document is stored without synsets and marked {@code pending}. */
        PENDING
    }

    /**
     * Takes the options out of a processor's configuration.
     *
     * @throws org.elasticsearch.ElasticsearchException naming the option and its legal values
     */
    static ProcessorOptions read(String tag, Map<String, Object> config) {
        Reader reader = new Reader(tag, config);
        String field = reader.path("field", "image");
        FieldNames names = reader.target();
        boolean features = reader.bool("features", false);
        AnalyzeOptions analyze =
                new AnalyzeOptions(
                        reader.integer("top_k", 10, 1, 1000), reader.thumbnail(), features);
        String clash = names.clash(field, analyze);
        if (clash != null) {
            throw reader.illegal("target_field", clash);
        }
        boolean skipExisting = reader.bool("skip_existing", false);
        if (skipExisting && features) {
            throw reader.illegal(
                    "skip_existing",
                    "expected [false] with [features], because Elasticsearch gives vectors back"
                            + " rounded, so they would change with every update");
        }
        return new ProcessorOptions(
                field,
                names,
                readStringProperty(ImageSynsetProcessor.TYPE, tag, config, "sidecar", ""),
                analyze,
                reader.bool("ignore_missing", false),
                reader.bool("remove_binary", true),
                reader.byteSize("max_field_bytes", ImageText.MAX),
                skipExisting,
                reader.onUnavailable());
    }

    private record Reader(String tag, Map<String, Object> config) {
        private static final String TYPE = ImageSynsetProcessor.TYPE;

        String path(String name, String defaultValue) {
            String value = readStringProperty(TYPE, tag, config, name, defaultValue);
            if (value.isBlank()
                    || Arrays.stream(value.split("\\.", -1)).anyMatch(String::isBlank)) {
                throw illegal(
                        name, "expected the path of a field, found [" + Excerpt.of(value) + "]");
            }
            return value;
        }

        /** The name that 0.1.0 had by default still means the top of the document. */
        FieldNames target() {
            String path = path("target_field", FieldNames.SYNSETS);
            boolean top = path.equals(FieldNames.SYNSETS);
            return new FieldNames(top ? "" : path, bool("packed_scores", top == false));
        }

        boolean bool(String name, boolean defaultValue) {
            return readBooleanProperty(TYPE, tag, config, name, defaultValue);
        }

        int integer(String name, int defaultValue, int min, int max) {
            String value = readOptionalStringOrIntProperty(TYPE, tag, config, name);
            return value == null ? defaultValue : inRange(name, value, "", min, max);
        }

        int thumbnail() {
            String value = readOptionalStringOrIntProperty(TYPE, tag, config, "thumbnail");
            if (value == null || value.equals("off")) {
                return AnalyzeOptions.NO_THUMBNAIL;
            }
            return inRange("thumbnail", value, "[off] or ", 16, 512);
        }

        ByteSizeValue byteSize(String name, ByteSizeValue defaultValue) {
            String value = readStringProperty(TYPE, tag, config, name, defaultValue.getStringRep());
            try {
                ByteSizeValue size = ByteSizeValue.parseBytesSizeValue(value, name);
                if (size.getBytes() >= 1) {
                    return size;
                }
            } catch (ElasticsearchParseException e) {
                // Falls through to the one message for every illegal value.
            }
            throw illegal(
                    name,
                    "expected a byte size of at least [1b] such as [28mb], found ["
                            + Excerpt.of(value)
                            + "]");
        }

        OnUnavailable onUnavailable() {
            String value = readStringProperty(TYPE, tag, config, "on_unavailable", "fail");
            for (OnUnavailable legal : OnUnavailable.values()) {
                if (legal.name().toLowerCase(Locale.ROOT).equals(value)) {
                    return legal;
                }
            }
            throw illegal(
                    "on_unavailable",
                    "expected [fail] or [pending], found [" + Excerpt.of(value) + "]");
        }

        private int inRange(String name, String value, String alternative, int min, int max) {
            try {
                int number = Integer.parseInt(value);
                if (min <= number && number <= max) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Falls through to the one message for every illegal value.
            }
            throw illegal(
                    name,
                    "expected "
                            + alternative
                            + "a whole number from ["
                            + min
                            + "] to ["
                            + max
                            + "], found ["
                            + Excerpt.of(value)
                            + "]");
        }

        RuntimeException illegal(String name, String reason) {
            return newConfigurationException(TYPE, tag, name, reason);
        }
    }
}
