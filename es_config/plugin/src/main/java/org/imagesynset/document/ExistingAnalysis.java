package org.imagesynset.document;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.elasticsearch.common.hash.MessageDigests;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalyzeOptions;

/**
 * The analysis that a document already has, as its source says.
 *
 * @param analysis its {@code image_analysis}
 */
public record ExistingAnalysis(Map<?, ?> analysis) {
    private static final Set<String> UNFINISHED = Set.of("pending", "failed");

    public boolean isOk() {
        return "ok".equals(analysis.get("status"));
    }

    /** Whether it says why there is none. */
    public boolean isUnfinished() {
        return analysis.get("status") instanceof String status && UNFINISHED.contains(status);
    }

    /** Whether it has deep features, which Elasticsearch may leave out of a copy. */
    public boolean hasFeatures() {
        return analysis.get(FieldNames.FEATURES) instanceof Number;
    }

    /** Whether it has all that this image would get with these options from the same model. */
    public boolean isOf(String image, AnalyzeOptions options) {
        int thumbnail =
                analysis.get(FieldNames.THUMBNAIL) instanceof Number pixels
                        ? pixels.intValue()
                        : AnalyzeOptions.NO_THUMBNAIL;
        return isOk()
                && analysis.get(DocumentFields.SCHEMA) instanceof Number schema
                && schema.intValue() == DocumentFields.SCHEMA_VERSION
                && analysis.get("top_k") instanceof Number topK
                && topK.intValue() == options.topK()
                && thumbnail == options.thumbnail()
                && (options.features() == false || hasFeatures())
                && image().get("sha256") instanceof String sha256
                && sha256.equals(sha256(image));
    }

    public boolean isBy(Analysis.Model model) {
        Map<?, ?> mine = object(analysis, "model");
        return model.name().equals(mine.get("name"))
                && model.version().equals(mine.get("version"))
                && model.weightsSha256().equals(mine.get("weights_sha256"));
    }

    /** Whether both came of one image and one model. */
    boolean isSameAs(ExistingAnalysis other) {
        return isOk()
                && other.isOk()
                && Objects.equals(image().get("sha256"), other.image().get("sha256"))
                && Objects.equals(analysis.get("model"), other.analysis.get("model"));
    }

    private Map<?, ?> image() {
        return object(analysis, "image");
    }

    private static Map<?, ?> object(Map<?, ?> parent, String field) {
        return parent.get(field) instanceof Map<?, ?> object ? object : Map.of();
    }

    /** Of the image's bytes, as the sidecar hashes them; null for what is not base64. */
    private static String sha256(String image) {
        byte[] bytes = Base64Text.decode(image);
        return bytes == null
                ? null
                : MessageDigests.toHexString(MessageDigests.sha256().digest(bytes));
    }
}
