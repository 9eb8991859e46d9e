package org.imagesynset.mustache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.script.TemplateScript;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The stand-in renders what a real engine renders, and refuses what that refuses. */
class RealEngineComparisonTests {

    private static final Path TEMPLATES = Path.of(System.getProperty("search.templates"));
    private static final String MUSTACHE = ".mustache";

    private final Renderer standIn =
            (source, params, options) ->
                    new MustacheScriptEngine(Settings.EMPTY)
                            .compile("template", source, TemplateScript.CONTEXT, options)
                            .newInstance(params)
                            .execute();

    private static Renderer real;

    @BeforeAll
    static void loadRealEngine() throws ReflectiveOperationException {
        LogConfigurator.configureESLogging();
        real = new RealEngine();
    }

    /**
     * Each shipped template has its samples in <code>params/&lt;id&gt;.json</code>, an array of
     * parameters.
     */
    @TestFactory
    Stream<DynamicTest> shippedTemplates() throws IOException {
        try (Stream<Path> files = Files.list(TEMPLATES)) {
            return files
                    .filter(file -> file.toString().endsWith(MUSTACHE))
                    .sorted()
                    .toList()
                    .stream()
                    .map(
                            file ->
                                    DynamicTest.dynamicTest(
                                            file.getFileName().toString(),
                                            () -> compareShipped(file)));
        }
    }

    private void compareShipped(Path template) throws Exception {
        String samples = "/params/" + template.getFileName().toString().replace(MUSTACHE, ".json");
        List<Map<String, Object>> paramSets = readList(samples);
        assertFalse(
                paramSets.isEmpty(),
                "Expected at least one sample of parameters in src/test/resources" + samples);
        for (Map<String, Object> params : paramSets) {
            String text = compare(Files.readString(template), params, Map.of());
            try (XContentParser json =
                    JsonXContent.jsonXContent.createParser(
                            XContentParserConfiguration.EMPTY, text)) {
                assertFalse(json.map().isEmpty(), text);
            }
        }
    }

    /** A snippet without an expected text is one that both engines must refuse. */
    @TestFactory
    Stream<DynamicTest> snippets() throws IOException {
        return readList("/snippets.json").stream()
                .map(
                        snippet ->
                                DynamicTest.dynamicTest(
                                        snippet.toString(), () -> compareSnippet(snippet)));
    }

    @SuppressWarnings("unchecked")
    private void compareSnippet(Map<String, Object> snippet) throws Exception {
        String source = (String) snippet.get("source");
        Map<String, Object> params = (Map<String, Object>) snippet.getOrDefault("params", Map.of());
        String mediaType = (String) snippet.getOrDefault("content_type", "application/json");
        Map<String, String> options = Map.of("content_type", mediaType);
        if (snippet.containsKey("text")) {
            assertEquals(snippet.get("text"), compare(source, params, options));
        } else {
            assertThrows(Exception.class, () -> real.render(source, params, options));
            assertThrows(Exception.class, () -> standIn.render(source, params, options));
        }
    }

    private String compare(String source, Map<String, Object> params, Map<String, String> options)
            throws Exception {
        String text = standIn.render(source, params, options);
        assertEquals(real.render(source, params, options), text);
        return text;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> readList(String resource) throws IOException {
        try (InputStream json = RealEngineComparisonTests.class.getResourceAsStream(resource)) {
            assertNotNull(
                    json, "Expected src/test/resources" + resource + ", a JSON array of objects");
            try (XContentParser parser =
                    JsonXContent.jsonXContent.createParser(
                            XContentParserConfiguration.EMPTY, json)) {
                return (List<Map<String, Object>>) (List<?>) parser.listOrderedMap();
            }
        }
    }
}
