package org.imagesynset.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.document.FieldNames;
import org.imagesynset.ingest.ProcessorOptions.OnUnavailable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ProcessorOptionsTests {

    @Test
    void defaults() {
        assertEquals(
                new ProcessorOptions(
                        "image",
                        new FieldNames("", false),
                        "",
                        new AnalyzeOptions(10, 0, false),
                        false,
                        true,
                        ByteSizeValue.ofMb(28),
                        false,
                        OnUnavailable.FAIL),
                read(Map.of()));
    }

    @Test
    void vectorsThatComeBackRoundedAreNotKept() {
        assertTrue(read(Map.of("skip_existing", true)).skipExisting());
        Exception refused =
                assertThrows(
                        Exception.class,
                        () -> read(Map.of("skip_existing", true, "features", true)));
        assertTrue(
                refused.getMessage().startsWith("[skip_existing] expected [false] with [features]"),
                refused.getMessage());
    }

    @Test
    void everyOptionIsTaken() {
        Map<String, Object> config =
                new HashMap<>(
                        Map.of(
                                "field", "photo.data",
                                "target_field", "photo.seen",
                                "sidecar", "shop",
                                "top_k", 1000,
                                "thumbnail", "512",
                                "features", true,
                                "ignore_missing", true,
                                "remove_binary", false,
                                "max_field_bytes", "1kb",
                                "on_unavailable", "pending"));
        assertEquals(
                new ProcessorOptions(
                        "photo.data",
                        new FieldNames("photo.seen", true),
                        "shop",
                        new AnalyzeOptions(1000, 512, true),
                        true,
                        false,
                        ByteSizeValue.ofKb(1),
                        false,
                        OnUnavailable.PENDING),
                ProcessorOptions.read("tag", config));
        assertEquals(Map.of(), config, "what is left is reported by Elasticsearch as unknown");
    }

    @Test
    void thumbnailOff() {
        assertEquals(0, read(Map.of("thumbnail", "off")).analyze().thumbnail());
        assertEquals(16, read(Map.of("thumbnail", 16)).analyze().thumbnail());
    }

    static Stream<Arguments> illegal() {
        String topK = "[top_k] expected a whole number from [1] to [1000], found [";
        String thumbnail =
                "[thumbnail] expected [off] or a whole number from [16] to [512], found [";
        String size =
                "[max_field_bytes] expected a byte size of at least [1b] such as [28mb], found [";
        String clash = "[target_field] expected [field] other than the fields written [";
        return Stream.of(
                Arguments.of("top_k", 0, topK + "0]"),
                Arguments.of("top_k", 1001, topK + "1001]"),
                Arguments.of("top_k", "ten", topK + "ten]"),
                Arguments.of("top_k", 1.5, "[top_k] property isn't a string or int"),
                Arguments.of("thumbnail", 15, thumbnail + "15]"),
                Arguments.of("thumbnail", 513, thumbnail + "513]"),
                Arguments.of("thumbnail", "on", thumbnail + "on]"),
                Arguments.of("max_field_bytes", "big", size + "big]"),
                Arguments.of("max_field_bytes", "0b", size + "0b]"),
                Arguments.of("max_field_bytes", "-1", size + "-1]"),
                Arguments.of(
                        "on_unavailable",
                        "wait",
                        "[on_unavailable] expected [fail] or [pending], found [wait]"),
                Arguments.of(
                        "on_unavailable",
                        "FAIL",
                        "[on_unavailable] expected [fail] or [pending], found [FAIL]"),
                Arguments.of(
                        "ignore_missing", "perhaps", "[ignore_missing] property isn't a boolean"),
                Arguments.of("features", 1280, "[features] property isn't a boolean"),
                Arguments.of("remove_binary", 1, "[remove_binary] property isn't a boolean"),
                Arguments.of("field", "", "[field] expected the path of a field, found []"),
                Arguments.of("field", "a..b", "[field] expected the path of a field, found [a..b]"),
                Arguments.of("field", List.of("a"), "[field] property isn't a string"),
                Arguments.of(
                        "target_field",
                        " ",
                        "[target_field] expected the path of a field, found [ ]"),
                Arguments.of("target_field", "image", "[target_field] expected an object other"),
                Arguments.of("target_field", "image.a", "[target_field] expected an object other"),
                Arguments.of("field", "concepts", clash),
                Arguments.of("field", "synset.image", clash));
    }

    @Test
    void theTargetOfVersion010IsTheTopOfTheDocument() {
        assertEquals(new FieldNames("", false), read(Map.of("target_field", "synset")).names());
    }

    @Test
    void scoresArePackedBelowATargetAndWhereAskedFor() {
        assertEquals(new FieldNames("", true), read(Map.of("packed_scores", true)).names());
        Map<String, Object> without = Map.of("target_field", "front", "packed_scores", false);
        assertEquals(new FieldNames("front", false), read(without).names());
    }

    @Test
    void theImageMayBeBelowTheTarget() {
        Map<String, Object> config = Map.of("field", "front.image", "target_field", "front");
        assertEquals(new FieldNames("front", true), read(config).names());
        Map<String, Object> ours = Map.of("field", "front.concepts", "target_field", "front");
        assertThrows(ElasticsearchException.class, () -> read(ours));
    }

    @Test
    void theNameFeaturesIsTakenOnlyByTheOption() {
        assertEquals("features", read(Map.of("field", "features")).field());
        Map<String, Object> both = Map.of("field", "features", "features", true);
        assertTrue(
                assertThrows(ElasticsearchException.class, () -> read(both))
                        .getMessage()
                        .contains("expected [field] other than the fields written ["));
    }

    @ParameterizedTest
    @MethodSource
    void illegal(String option, Object value, String message) {
        ElasticsearchException e =
                assertThrows(ElasticsearchException.class, () -> read(Map.of(option, value)));
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertEquals(400, e.status().getStatus());
        String blamed = message.substring(1, message.indexOf(']'));
        assertEquals(List.of(blamed), e.getMetadata("es.property_name"));
    }

    private static ProcessorOptions read(Map<String, Object> config) {
        return ProcessorOptions.read("tag", new HashMap<>(config));
    }
}
