package org.imagesynset.ingest;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ingest.IngestDocument;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.document.FieldNames;
import org.imagesynset.ingest.HeldVocabularies.Held;

/** Whether the index that a document goes to can hold what is written into the document. */
final class Destination {
    /** What the processor {@code foreach} calls the element that it is at. */
    static final String ELEMENT = "_ingest._value";

    private final String root;
    private final HeldVocabularies vocabularies;

    Destination(FieldNames names, HeldVocabularies vocabularies) {
        root = names.root();
        this.vocabularies = vocabularies;
    }

    /**
     * Checks what needs no sidecar.
     *
     * @throws AnalysisException where the fields would not be mapped, or several photos' would
     *     become one
     */
    void check(IngestDocument document) throws AnalysisException {
        if (root.isEmpty()) {
            return;
        }
        boolean element = root.equals(ELEMENT) || FieldNames.isInside(root, ELEMENT);
        String path = element ? elementPath(document) : root;
        Held held = vocabularies.held(index(document), path);
        if (element && held.fields().filter(fields -> fields.nested()).isEmpty()) {
            throw AnalysisException.imageFault(
                    "not_nested",
                    "expected ["
                            + path
                            + "] to be mapped as [nested] with our fields in it, because of an"
                            + " array of other objects an index keeps no account of which value is"
                            + " whose; see [Several photos] in docs/indexing.md");
        }
        if (held.known() && held.fields().isEmpty()) {
            throw AnalysisException.imageFault(
                    "not_mapped",
                    "expected index ["
                            + index(document)
                            + "] to map our fields below ["
                            + path
                            + "], found none; run [image-synset setup --target "
                            + path
                            + "] before the index is made");
        }
    }

    /**
     * @throws AnalysisException where the index holds other classes
     */
    void check(IngestDocument document, Analysis.Model model) throws AnalysisException {
        boolean element = root.equals(ELEMENT) || FieldNames.isInside(root, ELEMENT);
        String path = element ? elementPath(document) : root;
        Held held = vocabularies.held(index(document), path);
        if (held.fields().isPresent()
                && held.fields().get().name().equals(model.vocabulary()) == false) {
            throw AnalysisException.otherVocabulary(
                    "expected a model with the classes of the vocabulary ["
                            + held.fields().get().name()
                            + "], which index ["
                            + index(document)
                            + "] holds, found ["
                            + model.vocabulary()
                            + "] of model ["
                            + model.name()
                            + "]; start the sidecar with another model, or write to an index"
                            + " [image-synset-"
                            + model.vocabulary()
                            + "] after [image-synset setup]");
        }
    }

    private static String index(IngestDocument document) {
        return document.getMetadata().getIndex();
    }

    /** Where in the document the element is that {@code foreach} is at, and the target below it. */
    private String elementPath(IngestDocument document) throws AnalysisException {
        Object element = document.getFieldValue(ELEMENT, Object.class, true);
        String array = element == null ? null : arrayOf(element, document.getSource(), "");
        if (array == null) {
            throw AnalysisException.imageFault(
                    "not_nested",
                    "expected [" + ELEMENT + "] to be an object of an array in the document");
        }
        return array + root.substring(ELEMENT.length());
    }

    /** The path of the array that holds this very object, or null. */
    private static String arrayOf(Object element, Object value, String path) {
        Collection<Map.Entry<String, Object>> children =
                value instanceof Map<?, ?> map
                        ? map.entrySet().stream()
                                .map(child -> Map.entry((String) child.getKey(), nonNull(child)))
                                .toList()
                        : List.of();
        for (Map.Entry<String, Object> child : children) {
            String at = path.isEmpty() ? child.getKey() : path + "." + child.getKey();
            if (child.getValue() instanceof Collection<?> array) {
                for (Object one : array) {
                    if (one == element) {
                        return at;
                    }
                    String deeper = arrayOf(element, one, at);
                    if (deeper != null) {
                        return deeper;
                    }
                }
            }
            String deeper = arrayOf(element, child.getValue(), at);
            if (deeper != null) {
                return deeper;
            }
        }
        return null;
    }

    private static Object nonNull(Map.Entry<?, ?> child) {
        return child.getValue() == null ? "" : child.getValue();
    }
}
