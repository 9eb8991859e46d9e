package org.imagesynset.ingest;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.elasticsearch.common.hash.MessageDigests;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalyzeOptions;

/**
 * The analysis that a document already has, as its source tells it.
 *
 * @param analysis its {@code image_analysis}
 */
record ExistingAnalysis(Map<?, ?> analysis) {

    /** Whether it is what this image would get with these options from the same model. */
    boolean isOf(String image, AnalyzeOptions options) {
        int thumbnail =
                analysis.get(FieldNames.THUMBNAIL) instanceof Number pixels
                        ? pixels.intValue()
                        : AnalyzeOptions.NO_THUMBNAIL;
        return "ok".equals(analysis.get("status"))
                && analysis.get(DocumentFields.SCHEMA) instanceof Number schema
                && schema.intValue() == DocumentFields.SCHEMA_VERSION
                && analysis.get("top_k") instanceof Number topK
                && topK.intValue() == options.topK()
                && thumbnail == options.thumbnail()
                && analysis.get(FieldNames.FEATURES) == null
                && object(analysis, "image").get("sha256") instanceof String sha256
                && sha256.equals(sha256(image));
    }

    boolean isBy(Analysis.Model model) {
        Map<?, ?> mine = object(analysis, "model");
        return model != null
                && model.name().equals(mine.get("name"))
                && model.version().equals(mine.get("version"))
                && model.weightsSha256().equals(mine.get("weights_sha256"));
    }

    private static Map<?, ?> object(Map<?, ?> parent, String field) {
        return parent.get(field) instanceof Map<?, ?> object ? object : Map.of();
    }

    /** Of the image's bytes, as the sidecar hashes them; null for what is not base64. */
    private static String sha256(String image) {
        String base64 = image.startsWith("data:") ? image.substring(image.indexOf(',') + 1) : image;
        try {
            byte[] text = base64.replaceAll("\\s", "").getBytes(StandardCharsets.ISO_8859_1);
            return MessageDigests.toHexString(
                    MessageDigests.sha256().digest(Base64.getDecoder().decode(text)));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
