package org.imagesynset.mustache;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * The engine of OpenSearch's module lang-mustache, which has the same origin as Elasticsearch's.
 */
final class RealEngine implements Renderer {

    private final Object engine;
    private final Class<?> engineClass;
    private final Object context;
    private final Class<?> contextClass;

    RealEngine() throws ReflectiveOperationException {
        ClassLoader classes = new URLClassLoader(jars(), ClassLoader.getPlatformClassLoader());
        engineClass = classes.loadClass("org.opensearch.script.mustache.MustacheScriptEngine");
        engine = engineClass.getConstructor().newInstance();
        contextClass = classes.loadClass("org.opensearch.script.ScriptContext");
        context =
                classes.loadClass("org.opensearch.script.TemplateScript")
                        .getField("CONTEXT")
                        .get(null);
    }

    @Override
    public String render(String source, Map<String, Object> params, Map<String, String> options)
            throws Exception {
        try {
            Object factory =
                    engineClass
                            .getMethod(
                                    "compile", String.class, String.class, contextClass, Map.class)
                            .invoke(engine, "template", source, context, options);
            Class<?> factoryClass =
                    engineClass
                            .getClassLoader()
                            .loadClass("org.opensearch.script.TemplateScript$Factory");
            Object script =
                    factoryClass.getMethod("newInstance", Map.class).invoke(factory, params);
            return (String) factoryClass.getEnclosingClass().getMethod("execute").invoke(script);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error brokenClassPath) {
                throw brokenClassPath;
            }
            throw (Exception) e.getCause();
        }
    }

    private static URL[] jars() {
        File[] jars = Path.of(System.getProperty("opensearch.lib")).toFile().listFiles();
        return Arrays.stream(jars).map(RealEngine::url).toArray(URL[]::new);
    }

    private static URL url(File jar) {
        try {
            return jar.toURI().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }
}
