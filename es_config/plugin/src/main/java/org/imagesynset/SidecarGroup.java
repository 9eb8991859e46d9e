package org.imagesynset;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.IOUtils;
import org.elasticsearch.threadpool.ThreadPool;
import org.imagesynset.analysis.Priority;
import org.imagesynset.diagnostics.Monitored;
import org.imagesynset.http.SidecarApi;
import org.imagesynset.http.SidecarHttp;
import org.imagesynset.ingest.Analyzer;
import org.imagesynset.ingest.CurrentModel;
import org.imagesynset.ingest.DocumentCounts;
import org.imagesynset.queue.AnalysisQueue;
import org.imagesynset.settings.ImageSynsetSettings;
import org.imagesynset.sidecar.Backoff;
import org.imagesynset.sidecar.SidecarClient;

/**
 * The sidecars of one name, with all that waits for them. Nothing is shared with those of another
 * name but the threads, on which nothing blocks: what one group does never holds up another.
 *
 * @param documents where documents' images wait
 * @param searches where searches' images wait
 */
record SidecarGroup(
        String name,
        ImageSynsetSettings settings,
        SidecarApi api,
        SidecarClient client,
        AnalysisQueue documents,
        AnalysisQueue searches,
        CachingImageAnalyzer queriedImages,
        CurrentModel currentModel,
        DocumentCounts counts)
        implements Closeable {

    /**
     * @param configDir the folder of Elasticsearch's configuration
     */
    static SidecarGroup create(
            String name,
            ImageSynsetSettings settings,
            Path configDir,
            ThreadPool threadPool,
            Executor executor) {
        SidecarApi api = SidecarHttp.create(settings, configDir, threadPool, executor);
        SidecarClient client =
                new SidecarClient(
                        settings,
                        api,
                        threadPool,
                        executor,
                        System::nanoTime,
                        new Backoff(new Random()));
        AnalysisQueue searches = queue(Priority.SEARCH, settings, client, threadPool, executor);
        return new SidecarGroup(
                name,
                settings,
                api,
                client,
                queue(Priority.INGEST, settings, client, threadPool, executor),
                searches,
                new CachingImageAnalyzer(searches, executor, threadPool),
                new CurrentModel(
                        settings.sidecarUrls(),
                        api,
                        threadPool.getThreadContext(),
                        executor,
                        System::nanoTime),
                new DocumentCounts());
    }

    private static AnalysisQueue queue(
            Priority priority,
            ImageSynsetSettings settings,
            SidecarClient client,
            ThreadPool threadPool,
            Executor executor) {
        return new AnalysisQueue(
                settings,
                client,
                priority,
                threadPool,
                threadPool.getThreadContext(),
                executor,
                System::nanoTime);
    }

    Analyzer analyzer() {
        return new Analyzer(documents, currentModel, counts);
    }

    Monitored monitored() {
        return new Monitored(name, settings, api, client, List.of(documents, searches), counts);
    }

    /**
     * @param withKeystore settings with an open keystore
     */
    void reload(Settings withKeystore) {
        settings.reload(withKeystore);
        client.onTokenChanged();
    }

    @Override
    public void close() throws IOException {
        IOUtils.close(documents, searches, client);
    }
}
