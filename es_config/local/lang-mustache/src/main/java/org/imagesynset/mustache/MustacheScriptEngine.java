package org.imagesynset.mustache;

import com.github.mustachejava.Mustache;
import com.github.mustachejava.MustacheException;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.ElasticsearchParseException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.text.SizeLimitingStringWriter;
import org.elasticsearch.common.text.SizeLimitingStringWriter.SizeLimitExceededException;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.script.Script;
import org.elasticsearch.script.ScriptContext;
import org.elasticsearch.script.ScriptEngine;
import org.elasticsearch.script.ScriptException;
import org.elasticsearch.script.TemplateScript;

/** The scripting language <code>mustache</code>, whose scripts are templates. */
final class MustacheScriptEngine implements ScriptEngine {

    /** Characters that a template may render at most; name and default are the real module's. */
    static final Setting<ByteSizeValue> MAX_OUTPUT_SIZE =
            Setting.memorySizeSetting(
                    "mustache.max_output_size_bytes", "1mb", Setting.Property.NodeScope);

    private final int maxOutputSize;

    MustacheScriptEngine(Settings settings) {
        maxOutputSize = (int) Math.min(MAX_OUTPUT_SIZE.get(settings).getBytes(), Integer.MAX_VALUE);
    }

    @Override
    public String getType() {
        return Script.DEFAULT_TEMPLATE_LANG;
    }

    @Override
    public Set<ScriptContext<?>> getSupportedContexts() {
        return Set.of(TemplateScript.CONTEXT, TemplateScript.INGEST_CONTEXT);
    }

    /**
     * @throws IllegalArgumentException for another context than a template's, or an unknown option
     *     [content_type]
     * @throws ScriptException (status 400) if the source is not a template
     */
    @Override
    public <T> T compile(
            String name, String source, ScriptContext<T> context, Map<String, String> options) {
        if (!context.instanceClazz.equals(TemplateScript.class)) {
            throw new IllegalArgumentException(
                    "Expected a template's context for a mustache script, found ["
                            + context.name
                            + "]");
        }
        String mediaType = options.getOrDefault(Script.CONTENT_TYPE_OPTION, "application/json");
        TemplateCompiler compiler = new TemplateCompiler(Escaping.of(mediaType));
        try {
            Mustache template = compiler.template(source);
            TemplateScript.Factory factory = params -> new MustacheScript(source, template, params);
            return context.factoryClazz.cast(factory);
        } catch (MustacheException e) {
            throw new ScriptException(e.getMessage(), e, List.of(), source, getType());
        }
    }

    private final class MustacheScript extends TemplateScript {

        private final String source;
        private final Mustache template;

        MustacheScript(String source, Mustache template, Map<String, Object> params) {
            super(params);
            this.source = source;
            this.template = template;
        }

        @Override
        public String execute() {
            Writer text = new SizeLimitingStringWriter(maxOutputSize);
            try {
                template.execute(text, getParams());
            } catch (RuntimeException e) {
                if (ExceptionsHelper.unwrap(e, SizeLimitExceededException.class) != null) {
                    throw new ElasticsearchParseException(
                            "Expected a template to render at most [{}] characters, found more; change the setting [{}]",
                            e,
                            maxOutputSize,
                            MAX_OUTPUT_SIZE.getKey());
                }
                throw new ScriptException(
                        "Failed to render a template: " + e.getMessage(),
                        e,
                        List.of(),
                        source,
                        getType());
            }
            return text.toString();
        }
    }
}
