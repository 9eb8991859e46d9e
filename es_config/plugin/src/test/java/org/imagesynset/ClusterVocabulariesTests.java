package org.imagesynset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.apache.logging.log4j.Level;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.ComponentTemplate;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.Template;
import org.imagesynset.sidecar.LoggedLines;
import org.junit.jupiter.api.Test;

/** Anybody who may put component templates may put any under our names. */
class ClusterVocabulariesTests {
    @SuppressWarnings("removal") // the one way that Elasticsearch 8 and 9 both have
    private static ClusterState holding(String id) {
        ComponentTemplate template =
                new ComponentTemplate(
                        new Template(null, null, null), 1L, Map.of("image_synset", "mine"));
        return ClusterState.builder(new ClusterName("test"))
                .metadata(Metadata.builder().componentTemplates(Map.of(id, template)))
                .build();
    }

    @Test
    void whatIsNotAVocabularyIsLoggedOnceAndLeftOut() {
        ClusterState state = holding("image-synset-vocabulary-shop");
        try (LoggedLines log = new LoggedLines(ClusterVocabularies.class, Level.INFO)) {
            ClusterVocabularies vocabularies = new ClusterVocabularies(() -> state);
            assertNull(vocabularies.get("shop"));
            assertEquals(1, vocabularies.all().size());
            assertEquals(1, log.lines().size(), log.lines().toString());
            assertTrue(
                    log.lines()
                            .getFirst()
                            .startsWith(
                                    "component template [image-synset-vocabulary-shop] holds no"));
        }
    }

    @Test
    void whatAreNotWordsIsLoggedOnceAndLeftOut() {
        ClusterState state = holding("image-synset-words-own");
        try (LoggedLines log = new LoggedLines(ClusterWords.class, Level.INFO)) {
            ClusterWords words = new ClusterWords(() -> state);
            assertSame(words.now(), words.now());
            assertEquals(1, log.lines().size(), log.lines().toString());
            assertTrue(
                    log.lines()
                            .getFirst()
                            .startsWith("component template [image-synset-words-own] holds no"));
        }
    }
}
