package org.imagesynset.mustache;

import com.github.mustachejava.DefaultMustacheFactory;
import com.github.mustachejava.DefaultMustacheVisitor;
import com.github.mustachejava.Mustache;
import com.github.mustachejava.MustacheException;
import com.github.mustachejava.MustacheVisitor;
import com.github.mustachejava.TemplateContext;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.io.Writer;

/**
 * Compiles Elasticsearch's dialect of Mustache: escaping by media type, list access and functions,
 * no partials.
 */
final class TemplateCompiler extends DefaultMustacheFactory {

    private final Escaping escaping;

    TemplateCompiler(Escaping escaping) {
        this.escaping = escaping;
        setObjectHandler(new ParamsHandler());
    }

    /**
     * @throws MustacheException if the source is not a template
     */
    Mustache template(String source) {
        return compile(new StringReader(source), "template");
    }

    @Override
    public void encode(String value, Writer writer) {
        try {
            writer.write(escaping.escape(value));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Partials would be read from class path and disk, which are nothing a template may see. */
    @Override
    public Reader getReader(String partial) {
        throw new MustacheException(
                "Expected a template without partials, found [" + partial + "]");
    }

    @Override
    public MustacheVisitor createMustacheVisitor() {
        return new DefaultMustacheVisitor(this) {
            @Override
            public void iterable(TemplateContext context, String name, Mustache body) {
                SectionFunction.named(name)
                        .ifPresentOrElse(
                                function ->
                                        list.add(
                                                new FunctionCode(
                                                        context, df, body, name, function)),
                                () -> super.iterable(context, name, body));
            }
        };
    }
}
