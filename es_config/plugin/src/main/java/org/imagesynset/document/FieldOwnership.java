package org.imagesynset.document;

import static org.imagesynset.document.FieldNames.ALL;
import static org.imagesynset.document.FieldNames.ALWAYS;
import static org.imagesynset.document.FieldNames.FEATURES;
import static org.imagesynset.document.FieldNames.IMAGE_ANALYSIS;
import static org.imagesynset.document.FieldNames.THUMBNAIL;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.ingest.IngestDocument;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;

/**
 * Distinguishes our fields in a document from fields of the client that happen to have the same
 * names.
 *
 * <p>{@code image_analysis.fields} lists what an analysis wrote. Version 0.1.0 had no such list:
 * there everything belongs to an analysis whose status is {@code ok}.
 */
public final class FieldOwnership {
    static final String TYPE = "field_taken";
    static final String FIELDS = "fields";

    static final Set<String> STATUSES = Set.of("ok", "failed", "pending");

    private final FieldNames names;
    private final IngestDocument document;

    public FieldOwnership(FieldNames names, IngestDocument document) {
        this.names = names;
        this.document = document;
    }

    /** The names of fields that a former analysis wrote here. */
    Set<String> ours() {
        Set<String> ours = new LinkedHashSet<>();
        if (value(IMAGE_ANALYSIS) instanceof Map<?, ?> analysis
                && STATUSES.contains(String.valueOf(analysis.get("status")))) {
            if (analysis.get(FIELDS) instanceof List<?> fields) {
                ALL.stream().filter(fields::contains).forEach(ours::add);
            } else if ("ok".equals(analysis.get("status"))) {
                ours.addAll(ALWAYS);
                List.of(THUMBNAIL, FEATURES).stream()
                        .filter(analysis::containsKey)
                        .forEach(ours::add);
            }
            ours.add(IMAGE_ANALYSIS);
        }
        return ours;
    }

    /** Whether the outcome of an analysis can be recorded without harm to the client's data. */
    boolean canRecord() {
        return occupiedParent() == null
                && (value(IMAGE_ANALYSIS) == null || ours().contains(IMAGE_ANALYSIS))
                && dotted(List.of(IMAGE_ANALYSIS)).isEmpty();
    }

    /**
     * @throws AnalysisException where a processor with these options would overwrite what is the
     *     client's
     */
    public void check(AnalyzeOptions options) throws AnalysisException {
        List<String> taken = taken(FieldNames.written(options));
        if (taken.isEmpty() == false) {
            throw AnalysisException.imageFault(
                    TYPE,
                    "expected no other data in the fields that the analysis is written to, found "
                            + taken
                            + "; rename them, or set the processor's [target_field] to an object of"
                            + " its own");
        }
    }

    private List<String> taken(List<String> written) {
        String parent = occupiedParent();
        if (parent != null) {
            return List.of(parent);
        }
        Set<String> ours = ours();
        List<String> taken = new ArrayList<>();
        for (String name : written) {
            if (ours.contains(name) == false && value(name) != null) {
                taken.add(names.path(name));
            }
        }
        taken.addAll(dotted(written));
        return taken;
    }

    /** The field that would have to be an object and is not, or null. */
    private String occupiedParent() {
        String root = names.root();
        for (int end = root.indexOf('.');
                root.isEmpty() == false;
                end = root.indexOf('.', end + 1)) {
            String parent = end < 0 ? root : root.substring(0, end);
            Object value = document.getFieldValue(parent, Object.class, true);
            if (value != null && value instanceof Map<?, ?> == false) {
                return parent;
            }
            if (end < 0) {
                break;
            }
        }
        return null;
    }

    /** Elasticsearch takes a name with dots for a path, so such a name may mean one of ours. */
    private List<String> dotted(List<String> written) {
        return document.getSource().keySet().stream()
                .filter(key -> key.indexOf('.') >= 0)
                .filter(
                        key ->
                                written.stream()
                                        .map(names::path)
                                        .anyMatch(
                                                path ->
                                                        key.equals(path)
                                                                || FieldNames.isInside(key, path)))
                .toList();
    }

    private Object value(String name) {
        return document.getFieldValue(names.path(name), Object.class, true);
    }
}
