package org.imagesynset;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.get.GetRequest;
import org.elasticsearch.action.get.GetResponse;
import org.elasticsearch.core.IOUtils;
import org.elasticsearch.threadpool.ThreadPool;
import org.imagesynset.analysis.Priority;
import org.imagesynset.diagnostics.NodeMonitor;
import org.imagesynset.http.SidecarApi;
import org.imagesynset.http.SidecarHttp;
import org.imagesynset.ingest.CurrentModel;
import org.imagesynset.ingest.DocumentCounts;
import org.imagesynset.ingest.ExistingDocuments;
import org.imagesynset.queue.AnalysisQueue;
import org.imagesynset.settings.ImageSynsetSettings;
import org.imagesynset.sidecar.Backoff;
import org.imagesynset.sidecar.SidecarClient;

/**
 * The plugin's parts on one node, put together.
 *
 * @param executor never refuses a task
 * @param documents where documents' images wait
 * @param searches where searches' images wait
 */
record Components(
        ImageSynsetSettings settings,
        Executor executor,
        SidecarClient client,
        AnalysisQueue documents,
        AnalysisQueue searches,
        QueriedImages queriedImages,
        ExistingDocuments existingDocuments,
        CurrentModel currentModel,
        NodeMonitor monitor)
        implements Closeable {

    /**
     * @param configDir the folder of Elasticsearch's configuration
     * @param gets how documents are read, as the user whose thread it is
     * @param counts of the processors, which are known before the node's services are
     */
    static Components create(
            ImageSynsetSettings settings,
            Path configDir,
            ThreadPool threadPool,
            BiConsumer<GetRequest, ActionListener<GetResponse>> gets,
            DocumentCounts counts) {
        Executor executor =
                new NeverRejectingExecutor(threadPool.executor(IngestImageSynsetPlugin.EXECUTOR));
        SidecarApi api = SidecarHttp.create(settings, configDir, threadPool, executor);
        SidecarClient client =
                new SidecarClient(
                        settings,
                        api,
                        threadPool,
                        executor,
                        System::nanoTime,
                        new Backoff(new Random()));
        AnalysisQueue documents = queue(Priority.INGEST, settings, client, threadPool, executor);
        AnalysisQueue searches = queue(Priority.SEARCH, settings, client, threadPool, executor);
        return new Components(
                settings,
                executor,
                client,
                documents,
                searches,
                new QueriedImages(searches, executor, threadPool),
                new ExistingDocuments(gets, threadPool.getThreadContext(), executor),
                new CurrentModel(
                        settings.sidecarUrls(),
                        api,
                        threadPool.getThreadContext(),
                        executor,
                        System::nanoTime),
                new NodeMonitor(
                        settings, api, client, List.of(documents, searches), counts, executor));
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

    @Override
    public void close() throws IOException {
        IOUtils.close(documents, searches, client);
    }
}
