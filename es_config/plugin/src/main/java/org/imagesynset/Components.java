package org.imagesynset;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.get.GetRequest;
import org.elasticsearch.action.get.GetResponse;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.IOUtils;
import org.elasticsearch.threadpool.ThreadPool;
import org.imagesynset.diagnostics.NodeMonitor;
import org.imagesynset.ingest.Analyzers;
import org.imagesynset.ingest.ExistingDocuments;
import org.imagesynset.memory.LargeTexts;
import org.imagesynset.settings.ImageSynsetSettings;

/**
 * The plugin's parts on one node, put together.
 *
 * @param executor never refuses a task
 * @param sidecars by name, first those without one
 */
record Components(
        Executor executor,
        Map<String, SidecarGroup> sidecars,
        SearchSidecars searches,
        ExistingDocuments existingDocuments,
        NodeMonitor monitor)
        implements Closeable {

    /**
     * @param configDir the folder of Elasticsearch's configuration
     * @param gets how documents are read, as the user whose thread it is
     * @param texts what searches' images take of the heap
     */
    static Components create(
            Settings settings,
            ClusterSettings clusterSettings,
            Path configDir,
            ThreadPool threadPool,
            BiConsumer<GetRequest, ActionListener<GetResponse>> gets,
            LargeTexts texts) {
        Executor executor =
                new NeverRejectingExecutor(threadPool.executor(IngestImageSynsetPlugin.EXECUTOR));
        Map<String, SidecarGroup> sidecars = new LinkedHashMap<>();
        for (String name : ImageSynsetSettings.groups(settings)) {
            ImageSynsetSettings own = new ImageSynsetSettings(settings, clusterSettings, name);
            sidecars.put(name, SidecarGroup.create(name, own, configDir, threadPool, executor));
        }
        return new Components(
                executor,
                sidecars,
                new SearchSidecars(sidecars, threadPool.getThreadContext(), texts),
                new ExistingDocuments(gets, threadPool.getThreadContext(), executor),
                new NodeMonitor(
                        sidecars.values().stream().map(SidecarGroup::monitored).toList(),
                        executor));
    }

    Analyzers analyzers() {
        return new Analyzers(
                sidecars.values().stream()
                        .collect(Collectors.toMap(SidecarGroup::name, SidecarGroup::analyzer)));
    }

    /**
     * @param withKeystore settings with an open keystore
     */
    void reload(Settings withKeystore) {
        sidecars.values().forEach(group -> group.reload(withKeystore));
    }

    @Override
    public void close() throws IOException {
        IOUtils.close(sidecars.values());
    }
}
