package org.imagesynset.mustache;

import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ScriptPlugin;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.script.ScriptContext;
import org.elasticsearch.script.ScriptEngine;
import org.elasticsearch.script.ScriptService;

/**
 * Search templates for an Elasticsearch without the module lang-mustache. A node that has the
 * module refuses to start with this plugin too, because both bring the language.
 */
public final class LangMustacheStandInPlugin extends RestHandlersPlugin implements ScriptPlugin {

    private ScriptService scripts;

    @Override
    public ScriptEngine getScriptEngine(Settings settings, Collection<ScriptContext<?>> contexts) {
        return new MustacheScriptEngine(settings);
    }

    @Override
    public List<Setting<?>> getSettings() {
        return List.of(MustacheScriptEngine.MAX_OUTPUT_SIZE);
    }

    /**
     * Elasticsearch calls this before it asks for the handlers, and gives only here the place where
     * the scripts are.
     */
    @Override
    public Collection<?> createComponents(PluginServices services) {
        scripts = services.scriptService();
        return List.of();
    }

    @Override
    List<RestHandler> restHandlers(Predicate<NodeFeature> clusterSupportsFeature) {
        return List.of(
                new RestSearchTemplateAction(scripts, clusterSupportsFeature),
                new RestRenderTemplateAction(scripts));
    }
}
