package org.imagesynset.mustache;

import com.github.mustachejava.Code;
import com.github.mustachejava.DefaultMustacheFactory;
import com.github.mustachejava.Mustache;
import com.github.mustachejava.MustacheException;
import com.github.mustachejava.TemplateContext;
import com.github.mustachejava.codes.DefaultCode;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.List;

/**
 * A section such as <code>{{#toJson}}x{{/toJson}}</code>, rendered by a function instead of
 * repeated.
 */
final class FunctionCode extends DefaultCode {

    private final SectionFunction function;

    FunctionCode(
            TemplateContext context,
            DefaultMustacheFactory compiler,
            Mustache body,
            String name,
            SectionFunction function) {
        super(context, compiler, body, function.takesParam() ? paramName(name, body) : name, "#");
        this.function = function;
    }

    @Override
    public Writer execute(Writer writer, List<Object> scopes) {
        StringWriter body = new StringWriter();
        run(body, scopes);
        Object param = function.takesParam() ? get(scopes) : null;
        try {
            writer.write(function.apply(param, body.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return appendText(writer);
    }

    private static String paramName(String function, Mustache body) {
        Code[] codes = body.getCodes();
        if (codes == null || codes.length != 1) {
            throw new MustacheException(
                    "Expected nothing but the name of a parameter in the section ["
                            + function
                            + "]");
        }
        StringWriter name = new StringWriter();
        codes[0].identity(name);
        return name.toString();
    }
}
