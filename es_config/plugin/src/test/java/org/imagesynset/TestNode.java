package org.imagesynset;

import java.io.Closeable;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.telemetry.metric.MeterRegistry;
import org.elasticsearch.threadpool.DefaultBuiltInExecutorBuilders;
import org.elasticsearch.threadpool.ExecutorBuilder;
import org.elasticsearch.threadpool.ThreadPool;

/** The parts of a node that the plugin needs: a thread pool and settings. */
final class TestNode implements Closeable {
    static {
        LogConfigurator.configureESLogging();
    }

    final ClusterSettings clusterSettings;
    final ThreadPool threadPool;
    final SidecarClient client;
    final AnalysisQueue queue;

    private final Settings settings;
    private final Executor executor;

    /**
     * A node whose settings are {@code name, value, name, value...} below {@code
     * ingest.image_synset.}.
     */
    TestNode(String sidecarUrl, Object... namesAndValues) {
        Settings.Builder builder = Settings.builder().put("node.name", "test");
        builder.put("ingest.image_synset.sidecar.urls", sidecarUrl);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            builder.put(
                    "ingest.image_synset." + namesAndValues[i], namesAndValues[i + 1].toString());
        }
        settings = builder.build();
        clusterSettings = new ClusterSettings(settings, Set.copyOf(ImageSynsetSettings.all()));
        ImageSynsetSettings typed = new ImageSynsetSettings(settings, clusterSettings);
        threadPool =
                new ThreadPool(
                        settings,
                        MeterRegistry.NOOP,
                        new DefaultBuiltInExecutorBuilders(),
                        new IngestImageSynsetPlugin()
                                .getExecutorBuilders(settings)
                                .toArray(new ExecutorBuilder<?>[0]));
        executor = new UndroppedTasks(threadPool.executor(IngestImageSynsetPlugin.EXECUTOR));
        client = new SidecarClient(typed, threadPool, executor);
        queue = new AnalysisQueue(typed, client, threadPool, executor);
    }

    ImageSynsetProcessor processor(Map<String, Object> options) {
        return (ImageSynsetProcessor)
                new ImageSynsetProcessor.Factory(() -> queue, () -> executor)
                        .create(
                                Map.of(),
                                "tag",
                                null,
                                new java.util.HashMap<>(options),
                                ProjectId.DEFAULT);
    }

    void update(String name, Object value) {
        clusterSettings.applySettings(
                Settings.builder()
                        .put(settings)
                        .put("ingest.image_synset." + name, value.toString())
                        .build());
    }

    CompletableFuture<Analysis> submit(String image) {
        return submit(image, new AnalyzeOptions(10, AnalyzeOptions.NO_THUMBNAIL));
    }

    CompletableFuture<Analysis> submit(String image, AnalyzeOptions options) {
        CompletableFuture<Analysis> answer = new CompletableFuture<>();
        queue.submit(
                image,
                options,
                ActionListener.wrap(answer::complete, answer::completeExceptionally));
        return answer;
    }

    @Override
    public void close() {
        queue.close();
        client.close();
        ThreadPool.terminate(threadPool, 5, TimeUnit.SECONDS);
    }
}
