package org.imagesynset.ingest;

import static org.elasticsearch.core.Strings.format;
import static org.elasticsearch.ingest.ConfigurationUtils.newConfigurationException;

import java.util.List;
import java.util.Map;
import org.imagesynset.query.words.Excerpt;
import org.imagesynset.settings.ImageSynsetSettings;

/**
 * The sidecars that processors can choose from.
 *
 * @param byName with "" for those without a name
 */
public record Analyzers(Map<String, Analyzer> byName) {

    /**
     * @param tag of the processor that has the name as its option [sidecar]
     * @throws org.elasticsearch.ElasticsearchException where this node has no sidecar of that name
     */
    Analyzer of(String name, String tag) {
        Analyzer analyzer = byName.get(name);
        if (analyzer == null) {
            List<String> names =
                    byName.keySet().stream().filter(known -> !known.isEmpty()).sorted().toList();
            throw newConfigurationException(
                    ImageSynsetProcessor.TYPE,
                    tag,
                    "sidecar",
                    format(
                            "expected a name of sidecars, of which this node has %s, found [%s]; set [%s] in the elasticsearch.yml of every node",
                            names, Excerpt.of(name), ImageSynsetSettings.NAMED_URLS.getKey()));
        }
        return analyzer;
    }
}
