package org.imagesynset.mustache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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

/**
 * Every parameter that docs/search.md has for a template, with each kind of value: both engines
 * render the same text, and it is JSON.
 */
class DocumentedParametersTests {

    private static final Path TEMPLATES = Path.of(System.getProperty("search.templates"));
    private static final Path DOCS = TEMPLATES.resolve("../../docs/search.md");
    private static final Pattern NAME = Pattern.compile("`([a-z_]+)`");
    private static final Pattern TAG = Pattern.compile("\\{\\{[#^/&]?([a-z_]+)");

    /** JSON by their nature, which a template can write only as they come: a text is none. */
    private static final Set<String> STRUCTURED = Set.of("filter", "synsets", "features");

    private static final List<Object> KINDS =
            List.of(
                    false,
                    true,
                    0,
                    5,
                    0.25,
                    "",
                    "5",
                    "a \"quoted\" text",
                    List.of(),
                    List.of("a"),
                    List.of("a", "b"),
                    Map.of(),
                    Map.of("a", "b"),
                    Map.of("includes", List.of("a", "b"), "excludes", List.of("c", "d")),
                    Map.of("includes", "a", "excludes", "b"),
                    Map.of("excludes", List.of("c", "d")));

    private static Renderer real;
    private final Renderer standIn =
            (source, params, options) ->
                    new MustacheScriptEngine(Settings.EMPTY)
                            .compile("template", source, TemplateScript.CONTEXT, options)
                            .newInstance(params)
                            .execute();

    @BeforeAll
    static void loadRealEngine() throws ReflectiveOperationException {
        LogConfigurator.configureESLogging();
        real = new RealEngine();
    }

    @TestFactory
    Stream<DynamicTest> everyParameterTakesEveryKindOfValue() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Map.Entry<String, Set<String>> template : documented().entrySet()) {
            String source = Files.readString(TEMPLATES.resolve(template.getKey() + ".mustache"));
            for (String parameter : template.getValue()) {
                for (Object value : KINDS) {
                    tests.add(
                            DynamicTest.dynamicTest(
                                    template.getKey() + " " + parameter + "=" + value,
                                    () -> rendersJson(source, parameter, value)));
                }
            }
        }
        assertTrue(tests.size() > 500, "found [" + tests.size() + "] cases in " + DOCS);
        return tests.stream();
    }

    private void rendersJson(String source, String parameter, Object value) throws Exception {
        Map<String, Object> params = new HashMap<>();
        params.put(parameter, value);
        String text = standIn.render(source, params, Map.of());
        assertEquals(real.render(source, params, Map.of()), text);
        if (STRUCTURED.contains(parameter)
                && value instanceof String given
                && given.isEmpty() == false) {
            return;
        }
        Map<String, Object> body = parse(text);
        if (parameter.equals("source")) {
            assertEquals(expectedSource(value), body.get("_source"));
        }
        if (Boolean.FALSE.equals(value) && parameter.equals("source") == false) {
            Map<String, Object> without = parse(standIn.render(source, Map.of(), Map.of()));
            if (Set.of("words", "index", "id", "image").contains(parameter) == false) {
                assertEquals(without, body, "false is the same as leaving it out");
            }
        }
    }

    private static Object expectedSource(Object value) {
        return switch (value) {
            case Boolean none when none == false ->
                    Stream.of("filename", "thumbnail", "top_synset", "top_score")
                            .map(name -> "false" + name)
                            .toList();
            case String text when text.isEmpty() ->
                    List.of("filename", "thumbnail", "top_synset", "top_score");
            case List<?> list -> list;
            case Map<?, ?> object when object.containsKey("includes") -> object;
            case Map<?, ?> object when object.containsKey("excludes") -> object;
            case Map<?, ?> object when object.isEmpty() -> "{}";
            case Map<?, ?> object -> object.toString();
            default -> value.toString();
        };
    }

    /** A name twice in one object is refused, as Elasticsearch refuses it. */
    private static Map<String, Object> parse(String text) throws IOException {
        try (XContentParser json =
                JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, text)) {
            json.allowDuplicateKeys(false);
            Map<String, Object> body = json.map();
            assertFalse(body.isEmpty(), text);
            return body;
        }
    }

    /** The names in code spans of both tables, as far as the template has a tag for them. */
    private static Map<String, Set<String>> documented() throws IOException {
        Map<String, Set<String>> byTemplate = new TreeMap<>();
        Set<String> common = new TreeSet<>();
        for (String line : Files.readAllLines(DOCS)) {
            String[] cells = line.split("(?<!\\\\)\\|");
            if (line.startsWith("| `search-")) {
                byTemplate.put(cells[1].strip().replace("`", ""), names(cells[2]));
            } else if (line.startsWith("| `") && cells.length == 5) {
                common.addAll(names(cells[1]));
            }
        }
        for (Map.Entry<String, Set<String>> template : byTemplate.entrySet()) {
            template.getValue().addAll(common);
            String source = Files.readString(TEMPLATES.resolve(template.getKey() + ".mustache"));
            template.getValue()
                    .retainAll(
                            TAG.matcher(source)
                                    .results()
                                    .map(tag -> tag.group(1))
                                    .collect(Collectors.toSet()));
        }
        return byTemplate;
    }

    private static Set<String> names(String cell) {
        return NAME.matcher(cell)
                .results()
                .map((MatchResult name) -> name.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
