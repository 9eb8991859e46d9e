package org.imagesynset.query.words;

import static org.imagesynset.query.words.Vocabulary.IMAGENET;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.common.cache.Cache;
import org.elasticsearch.common.cache.CacheBuilder;
import org.elasticsearch.common.compress.CompressedXContent;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.XContentType;

/**
 * What an index holds of ours, at the top of its documents or below an object, as its mapping says.
 *
 * @param name of the vocabulary whose classes it holds: {@code meta.vocabulary} of the field {@code
 *     synset_names}; ImageNet's where nothing is said
 * @param nested whether it holds them in an object of type {@code nested}
 */
public record IndexVocabulary(String name, boolean nested) {
    public static final String FIELD = "synset_names";
    public static final String META = "vocabulary";

    private record Key(String mappingSha256, String root) {}

    /** Mappings of thousands of fields take milliseconds to read. */
    private static final Cache<Key, Optional<IndexVocabulary>> KNOWN =
            CacheBuilder.<Key, Optional<IndexVocabulary>>builder().setMaximumWeight(1000).build();

    /**
     * @param root the path of the object; empty for the top of the documents
     * @return nothing where the index does not map our fields there
     */
    public static Optional<IndexVocabulary> of(IndexMetadata index, String root) {
        MappingMetadata mapping = index.mapping();
        return mapping == null ? Optional.empty() : of(mapping.source(), root);
    }

    /** The same of the mappings of an index, or of a template. */
    public static Optional<IndexVocabulary> of(CompressedXContent mappings, String root) {
        try {
            return KNOWN.computeIfAbsent(
                    new Key(mappings.getSha256(), root), key -> read(mappings, root));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<IndexVocabulary> read(CompressedXContent mappings, String root) {
        Map<String, Object> map =
                XContentHelper.convertToMap(
                                mappings.compressedReference(), false, XContentType.JSON)
                        .v2();
        // The name of the type, which every mapping is kept below.
        Object object = map.getOrDefault("_doc", map);
        if (root.isEmpty() == false) {
            for (String name : root.split("\\.")) {
                object = child(child(object, "properties"), name);
            }
        }
        Object field = child(child(object, "properties"), FIELD);
        if (field == null) {
            return Optional.empty();
        }
        String name =
                child(child(field, "meta"), META) instanceof String declared ? declared : IMAGENET;
        return Optional.of(new IndexVocabulary(name, "nested".equals(child(object, "type"))));
    }

    private static Object child(Object parent, String name) {
        return parent instanceof Map<?, ?> object ? object.get(name) : null;
    }
}
