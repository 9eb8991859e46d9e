package org.imagesynset.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.elasticsearch.ingest.IngestDocument;
import org.imagesynset.ingest.HeldVocabularies.Held;
import org.imagesynset.query.words.IndexVocabulary;
import org.junit.jupiter.api.Test;

/** What an index can't hold is not written into its documents. */
class DestinationTests extends ProcessorTestCase {
    private static final Map<String, Object> FRONT =
            Map.of("field", "photo", "target_field", "front");

    @Test
    void aModelWithOtherClassesLeavesTheImageForAnother() throws Exception {
        node.held = new Held(true, Optional.of(new IndexVocabulary("shop", false)));
        Map<String, Object> source = new HashMap<>(Map.of("image", "QQ=="));
        Exception failure = failure(Map.of(), source);
        assertTrue(failure.getMessage().contains("[other_vocabulary]"), failure.toString());
        assertTrue(failure.getMessage().contains("vocabulary [shop]"), failure.toString());
        assertEquals("QQ==", source.get("image"));
        assertEquals("pending", ((Map<?, ?>) source.get("image_analysis")).get("status"));
        assertNull(source.get("synset"));
    }

    @Test
    void theSameClassesAreTakenAndAnIndexThatNobodyKnowsToo() throws Exception {
        for (Held held :
                List.of(
                        new Held(false, Optional.empty()),
                        new Held(true, Optional.empty()),
                        new Held(true, Optional.of(new IndexVocabulary("imagenet", false))))) {
            node.held = held;
            assertNull(failure(Map.of(), new HashMap<>(Map.of("image", "QQ=="))));
        }
    }

    @Test
    void aTargetThatTheIndexDoesNotMapIsRefused() throws Exception {
        node.held = new Held(true, Optional.empty());
        Map<String, Object> source = new HashMap<>(Map.of("photo", "QQ=="));
        Exception failure = failure(FRONT, source);
        assertTrue(failure.getMessage().contains("[not_mapped]"), failure.toString());
        assertTrue(failure.getMessage().contains("setup --target front"), failure.toString());
        assertEquals(List.of(), sidecar.requests);
    }

    @Test
    void elementsOfAnArrayAreTakenOnlyWhereTheyAreNested() throws Exception {
        for (boolean nested : List.of(true, false)) {
            node.held = new Held(true, Optional.of(new IndexVocabulary("imagenet", nested)));
            Map<String, Object> photo = new HashMap<>(Map.of("data", "QQ=="));
            Map<String, Object> source =
                    new HashMap<>(Map.of("shop", new HashMap<>(Map.of("photos", List.of(photo)))));
            IngestDocument document = document(source);
            document.getIngestMetadata().put("_value", photo);
            Exception failure =
                    execute(
                                    Map.of(
                                            "field",
                                            "_ingest._value.data",
                                            "target_field",
                                            "_ingest._value"),
                                    document)
                            .failure();
            if (nested) {
                assertNull(failure);
                assertTrue(photo.containsKey("synset_vector"));
            } else {
                assertTrue(failure.getMessage().contains("[not_nested]"), failure.toString());
                assertTrue(failure.getMessage().contains("[shop.photos]"), failure.toString());
                assertEquals("QQ==", photo.get("data"));
            }
        }
    }
}
