package org.imagesynset.mustache;

import static org.elasticsearch.xcontent.ConstructingObjectParser.optionalConstructorArg;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.elasticsearch.ElasticsearchParseException;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.common.Strings;
import org.elasticsearch.core.CheckedFunction;
import org.elasticsearch.script.Script;
import org.elasticsearch.script.ScriptService;
import org.elasticsearch.script.ScriptType;
import org.elasticsearch.script.TemplateScript;
import org.elasticsearch.xcontent.ConstructingObjectParser;
import org.elasticsearch.xcontent.ObjectParser.ValueType;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;

/**
 * The body of a request for a search template.
 *
 * @param id of a stored template, or null
 * @param source of a template that is in the request itself, or null
 * @param params what the template is rendered with
 */
record SearchTemplate(
        String id, String source, Map<String, Object> params, boolean explain, boolean profile) {

    static final SearchTemplate EMPTY = new SearchTemplate(null, null, Map.of(), false, false);

    private static final ConstructingObjectParser<SearchTemplate, Void> PARSER =
            new ConstructingObjectParser<>("search_template", SearchTemplate::of);

    static {
        PARSER.declareString(optionalConstructorArg(), new ParseField("id"));
        PARSER.declareField(
                optionalConstructorArg(),
                (parser, context) -> source(parser),
                new ParseField("source"),
                ValueType.OBJECT_OR_STRING);
        PARSER.declareObject(
                optionalConstructorArg(),
                (parser, context) -> parser.map(),
                new ParseField("params"));
        PARSER.declareBoolean(optionalConstructorArg(), new ParseField("explain"));
        PARSER.declareBoolean(optionalConstructorArg(), new ParseField("profile"));
    }

    static SearchTemplate parse(XContentParser parser) throws IOException {
        return PARSER.parse(parser, null);
    }

    SearchTemplate withId(String id) {
        return new SearchTemplate(id, source, params, explain, profile);
    }

    SearchTemplate withExplain(boolean explain) {
        return new SearchTemplate(id, source, params, explain, profile);
    }

    /**
     * Fills the parameters in and parses the text.
     *
     * @param read makes the result from a parser at the text's beginning
     * @throws IllegalArgumentException unless exactly one of id and source is here
     * @throws org.elasticsearch.ResourceNotFoundException (status 404) if no template is stored by
     *     that id
     * @throws ElasticsearchParseException (status 400) if the text is not what is read from it
     */
    <T> T renderAs(
            ScriptService scripts,
            XContentParserConfiguration parserConfig,
            CheckedFunction<XContentParser, T, IOException> read) {
        String text = render(scripts);
        try (XContentParser parser = JsonXContent.jsonXContent.createParser(parserConfig, text)) {
            return read.apply(parser);
        } catch (IOException
                | IllegalArgumentException
                | ParsingException
                | ElasticsearchParseException e) {
            throw new ElasticsearchParseException(
                    "Expected the search template [{}] to render a search request as JSON, found: {}",
                    e,
                    id == null ? "source" : id,
                    innermost(e).getMessage());
        }
    }

    /** What is wrong; the errors around it only say where. */
    private static Throwable innermost(Throwable error) {
        return error.getCause() == null ? error : innermost(error.getCause());
    }

    private String render(ScriptService scripts) {
        if ((id == null) == (source == null)) {
            throw new IllegalArgumentException(
                    "Expected one of [id] and [source] in a request for a search template, found "
                            + (id == null ? "neither" : "both"));
        }
        Script script =
                id == null
                        ? new Script(
                                ScriptType.INLINE, Script.DEFAULT_TEMPLATE_LANG, source, params)
                        : new Script(ScriptType.STORED, null, id, params);
        return scripts.compile(script, TemplateScript.CONTEXT).newInstance(params).execute();
    }

    @SuppressWarnings("unchecked")
    private static SearchTemplate of(Object[] fields) {
        return new SearchTemplate(
                (String) fields[0],
                (String) fields[1],
                Objects.requireNonNullElse((Map<String, Object>) fields[2], Map.of()),
                Boolean.TRUE.equals(fields[3]),
                Boolean.TRUE.equals(fields[4]));
    }

    private static String source(XContentParser parser) throws IOException {
        if (parser.currentToken() == XContentParser.Token.VALUE_STRING) {
            return parser.text();
        }
        try (XContentBuilder json = JsonXContent.contentBuilder()) {
            return Strings.toString(json.copyCurrentStructure(parser));
        }
    }
}
