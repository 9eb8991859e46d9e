package org.imagesynset;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.ComponentTemplate;
import org.imagesynset.compat.ClusterMetadata;
import org.imagesynset.query.words.OwnWords;

/**
 * People's own words, as {@code image-synset words} stored them: each set in the {@code _meta} of a
 * component template of its own, as vocabularies are. A set that is removed is forgotten.
 */
final class ClusterWords {
    private static final Logger logger = LogManager.getLogger(ClusterWords.class);

    private static final String PREFIX = "image-synset-words-";
    private static final String META = "image_synset";

    /** Words, and what they were read from, which are other objects once they have changed. */
    private record Known(List<Map<String, Object>> metas, OwnWords words) {
        boolean isOf(List<Map<String, Object>> others) {
            if (metas.size() != others.size()) {
                return false;
            }
            for (int i = 0; i < metas.size(); i++) {
                if (metas.get(i) != others.get(i)) {
                    return false;
                }
            }
            return true;
        }
    }

    private final Supplier<ClusterState> state;
    private volatile Known known = new Known(List.of(), OwnWords.NONE);

    ClusterWords(Supplier<ClusterState> state) {
        this.state = state;
    }

    /** Of all sets; where two have a word, that of the set whose name comes last counts. */
    OwnWords now() {
        Map<String, Map<String, Object>> sets = new TreeMap<>();
        for (Map.Entry<String, ComponentTemplate> template :
                ClusterMetadata.componentTemplates(state.get()).entrySet()) {
            if (template.getKey().startsWith(PREFIX) && template.getValue().metadata() != null) {
                sets.put(template.getKey(), template.getValue().metadata());
            }
        }
        List<Map<String, Object>> metas = new ArrayList<>(sets.values());
        Known before = known;
        if (before.isOf(metas)) {
            return before.words();
        }
        Map<String, List<String>> words = new HashMap<>();
        sets.forEach(
                (id, meta) -> {
                    try {
                        words.putAll(read(meta));
                    } catch (RuntimeException e) {
                        // Anybody who may put templates may have put another.
                        logger.warn("component template [{}] holds no words: {}", id, e);
                    }
                });
        known = new Known(metas, new OwnWords(words));
        return known.words();
    }

    private static Map<String, List<String>> read(Map<String, Object> meta) {
        Map<String, List<String>> words = new HashMap<>();
        Map<?, ?> ours = (Map<?, ?>) meta.get(META);
        ((Map<?, ?>) ours.get("words"))
                .forEach(
                        (word, meanings) -> {
                            List<String> texts = new ArrayList<>();
                            ((List<?>) meanings).forEach(one -> texts.add((String) one));
                            words.put((String) word, texts);
                        });
        return words;
    }
}
