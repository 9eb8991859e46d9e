package org.imagesynset.diagnostics;

import java.util.Map;
import org.imagesynset.analysis.Analysis;

/**
 * What came of asking one sidecar about its model and about one image.
 *
 * @param name of the sidecars that it is one of; empty for those without one
 * @param topSynset the highest-scoring class of the image, or null
 * @param model or null
 * @param limits as the sidecar gives them, empty when it gives none
 * @param error or null when all went well
 */
public record SidecarCheck(
        String name,
        String url,
        long tookMillis,
        String topSynset,
        Analysis.Model model,
        Map<String, Object> limits,
        Error error) {

    /** As a document would have it in {@code image_analysis.error}. */
    public record Error(String type, String reason) {}

    public boolean ok() {
        return error == null;
    }
}
