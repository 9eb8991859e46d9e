package org.imagesynset.mustache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.elasticsearch.ElasticsearchParseException;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.script.IngestScript;
import org.elasticsearch.script.ScriptException;
import org.elasticsearch.script.TemplateScript;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MustacheScriptEngineTests {

    private final MustacheScriptEngine engine = new MustacheScriptEngine(Settings.EMPTY);

    /** Elasticsearch's exceptions do not load without it. */
    @BeforeAll
    static void configureLogging() {
        LogConfigurator.configureESLogging();
    }

    @Test
    void rendersInBothTemplateContexts() {
        for (var context : engine.getSupportedContexts()) {
            var factory =
                    (TemplateScript.Factory) engine.compile("id", "a {{x}}", context, Map.of());
            assertEquals("a b", factory.newInstance(Map.of("x", "b")).execute(), context.name);
        }
        assertEquals(2, engine.getSupportedContexts().size());
    }

    @Test
    void refusesOtherContexts() {
        var error =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> engine.compile("id", "a", IngestScript.CONTEXT, Map.of()));
        assertTrue(error.getMessage().contains("[ingest]"), error.getMessage());
    }

    @Test
    void anUnclosedSectionIsTheClientsFault() {
        var error = assertThrows(ScriptException.class, () -> render("{{#a}}", Settings.EMPTY));
        assertEquals(RestStatus.BAD_REQUEST, error.status());
    }

    @Test
    void partialsAreNotReadFromAnywhere() {
        for (String partial :
                new String[] {"{{>/etc/passwd}}", "{{<template}}{{/template}}", "{{>template}}"}) {
            var error =
                    assertThrows(
                            ScriptException.class, () -> render(partial, Settings.EMPTY), partial);
            assertTrue(error.getMessage().contains("without partials"), error.getMessage());
        }
        assertThrows(ScriptException.class, () -> render("{{>*x}}", Settings.EMPTY));
    }

    @Test
    void parametersShowNothingOfTheirClasses() {
        assertEquals(
                "", render("{{x.class}}{{x.length}}{{x.getClass.getClassLoader}}", Settings.EMPTY));
    }

    @Test
    void unknownContentTypeNamesThoseThatAreKnown() {
        var error =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                engine.compile(
                                        "id",
                                        "a",
                                        TemplateScript.CONTEXT,
                                        Map.of("content_type", "text/html")));
        assertEquals(
                "Expected [content_type] to be one of [application/json, text/plain,"
                        + " application/x-www-form-urlencoded], found [text/html]",
                error.getMessage());
    }

    @Test
    void outputIsBounded() {
        Settings settings = Settings.builder().put("mustache.max_output_size_bytes", "4b").build();
        assertEquals("1234", render("1234", settings));
        var error =
                assertThrows(ElasticsearchParseException.class, () -> render("1{{x}}", settings));
        assertEquals(RestStatus.BAD_REQUEST, error.status());
        assertTrue(
                error.getMessage().contains("[mustache.max_output_size_bytes]"),
                error.getMessage());
    }

    private static String render(String source, Settings settings) {
        return new MustacheScriptEngine(settings)
                .compile("id", source, TemplateScript.CONTEXT, Map.of())
                .newInstance(Map.of("x", "template"))
                .execute();
    }
}
