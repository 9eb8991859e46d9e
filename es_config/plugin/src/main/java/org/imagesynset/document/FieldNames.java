package org.imagesynset.document;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.imagesynset.analysis.AnalyzeOptions;

/**
 * The fields that a processor writes: at the top of the document, or all of them below its {@code
 * target_field}.
 *
 * @param root the path that they are below; empty for the top of the document
 * @param packed whether the scores are also written packed into one field, for an index that has no
 *     fields for each synset
 */
public record FieldNames(String root, boolean packed) {
    public static final String SYNSETS = "synset";
    static final String NAMES = "synset_names";
    static final String VECTOR = "synset_vector";
    static final String UNIT_VECTOR = "synset_unit_vector";
    static final String NORM = "synset_norm";

    /** All scores in one field: see {@link PackedScore}. */
    static final String SCORES = "synset_scores";

    static final String TOP_SYNSET = "top_synset";
    static final String TOP_SCORE = "top_score";
    static final String CONCEPT_VECTOR = "concept_vector";
    static final String CONCEPTS = "concepts";
    static final String THUMBNAIL = "thumbnail";
    public static final String FEATURES = "features";
    public static final String IMAGE_ANALYSIS = "image_analysis";

    /** What every successful analysis writes. */
    static final List<String> ALWAYS =
            List.of(
                    SYNSETS,
                    NAMES,
                    VECTOR,
                    UNIT_VECTOR,
                    NORM,
                    TOP_SYNSET,
                    TOP_SCORE,
                    CONCEPT_VECTOR,
                    CONCEPTS);

    /** All that any processor may write. */
    public static final List<String> ALL =
            concat(ALWAYS, SCORES, THUMBNAIL, FEATURES, IMAGE_ANALYSIS);

    /** Where the field is in a document. */
    public String path(String name) {
        return root.isEmpty() ? name : root + "." + name;
    }

    /** What a processor with these options may write. */
    static List<String> written(AnalyzeOptions options) {
        return ALL.stream()
                .filter(name -> options.wantsThumbnail() || name.equals(THUMBNAIL) == false)
                .filter(name -> options.features() || name.equals(FEATURES) == false)
                .toList();
    }

    /** Why the image can't be in this field, or null where it can. */
    public String clash(String field, AnalyzeOptions options) {
        if (root.isEmpty() == false && (field.equals(root) || isInside(root, field))) {
            return "expected an object other than [field], found [field] [" + field + "]";
        }
        for (String name : written(options)) {
            String path = path(name);
            if (field.equals(path) || isInside(field, path)) {
                return "expected [field] other than the fields written "
                        + written(options).stream().map(this::path).toList()
                        + ", found ["
                        + field
                        + "]";
            }
        }
        return null;
    }

    public static boolean isInside(String inner, String outer) {
        return inner.startsWith(outer + ".");
    }

    private static List<String> concat(List<String> names, String... more) {
        return Stream.concat(names.stream(), Arrays.stream(more)).toList();
    }
}
