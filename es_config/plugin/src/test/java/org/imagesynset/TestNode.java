package org.imagesynset;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.Closeable;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.get.GetRequest;
import org.elasticsearch.action.get.GetResponse;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.SecureSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.IOUtils;
import org.elasticsearch.index.IndexNotFoundException;
import org.elasticsearch.index.VersionType;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.telemetry.metric.MeterRegistry;
import org.elasticsearch.threadpool.DefaultBuiltInExecutorBuilders;
import org.elasticsearch.threadpool.ExecutorBuilder;
import org.elasticsearch.threadpool.ThreadPool;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.diagnostics.NodeMonitor;
import org.imagesynset.ingest.HeldVocabularies;
import org.imagesynset.ingest.ImageSynsetProcessor;
import org.imagesynset.memory.LargeTexts;
import org.imagesynset.query.ImageAnalyzer;
import org.imagesynset.queue.AnalysisQueue;
import org.imagesynset.settings.ImageSynsetSettings;
import org.imagesynset.sidecar.SidecarClient;

/** The parts of a node that the plugin needs: a thread pool and settings. */
public final class TestNode implements Closeable {

    final ClusterSettings clusterSettings;
    public final ThreadPool threadPool;
    public final SidecarClient client;
    public final AnalysisQueue queue;
    final AnalysisQueue searches;
    final ImageAnalyzer images;
    public final NodeMonitor monitor;

    /** Answers gets; by default there is no such index. */
    public BiConsumer<GetRequest, ActionListener<GetResponse>> index =
            (request, listener) -> listener.onFailure(new IndexNotFoundException(request.index()));

    /** What every index holds; by default there is no index. */
    public HeldVocabularies.Held held = new HeldVocabularies.Held(false, Optional.empty());

    final CountingBreaker breaker = new CountingBreaker();

    private final Settings settings;
    private final Components components;

    /**
     * A node whose settings are {@code name, value, name, value...} below {@code
     * ingest.image_synset.}.
     */
    public TestNode(String sidecarUrls, Object... namesAndValues) {
        this(Path.of("/none"), null, sidecarUrls, namesAndValues);
    }

    /** The same with a folder of configuration and a keystore, which may be null. */
    public TestNode(
            Path configDir, SecureSettings keystore, String sidecarUrls, Object... namesAndValues) {
        Settings.Builder builder = Settings.builder().put("node.name", "test");
        if (keystore != null) {
            builder.setSecureSettings(keystore);
        }
        builder.put("ingest.image_synset.sidecar.urls", sidecarUrls);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            builder.put(
                    "ingest.image_synset." + namesAndValues[i], namesAndValues[i + 1].toString());
        }
        settings = builder.build();
        clusterSettings = new ClusterSettings(settings, Set.copyOf(ImageSynsetSettings.all()));
        threadPool =
                new ThreadPool(
                        settings,
                        MeterRegistry.NOOP,
                        new DefaultBuiltInExecutorBuilders(),
                        new IngestImageSynsetPlugin()
                                .getExecutorBuilders(settings)
                                .toArray(new ExecutorBuilder<?>[0]));
        components =
                Components.create(
                        settings,
                        clusterSettings,
                        configDir,
                        threadPool,
                        (request, listener) -> index.accept(request, listener),
                        new LargeTexts(() -> breaker));
        SidecarGroup unnamed = components.sidecars().get(ImageSynsetSettings.UNNAMED);
        client = unnamed.client();
        queue = unnamed.documents();
        searches = unnamed.searches();
        images = components.searches();
        monitor = components.monitor();
    }

    public ImageSynsetProcessor processor(Map<String, Object> options) {
        return (ImageSynsetProcessor)
                new ImageSynsetProcessor.Factory(
                                () -> components.analyzers(),
                                () -> components.existingDocuments(),
                                () -> (index, root) -> held,
                                () -> components.executor())
                        .create("tag", null, new HashMap<>(options));
    }

    /** A document with an image after a processor with these options; null where it failed. */
    public IngestDocument process(Map<String, Object> options, String image) throws Exception {
        CompletableFuture<IngestDocument> answered = new CompletableFuture<>();
        processor(options)
                .execute(
                        new IngestDocument(
                                "index",
                                "id",
                                1,
                                null,
                                VersionType.INTERNAL,
                                new HashMap<>(Map.of("image", image))),
                        (document, failure) -> answered.complete(document));
        return answered.get(60, TimeUnit.SECONDS);
    }

    public void update(String name, Object value) {
        clusterSettings.applySettings(
                Settings.builder()
                        .put(settings)
                        .put("ingest.image_synset." + name, value.toString())
                        .build());
    }

    /** As {@code _nodes/reload_secure_settings} does. */
    public void reload(SecureSettings keystore) {
        components.reload(Settings.builder().setSecureSettings(keystore).build());
    }

    public CompletableFuture<Analysis> submit(String image) {
        return submit(image, new AnalyzeOptions(10, AnalyzeOptions.NO_THUMBNAIL));
    }

    public CompletableFuture<Analysis> submit(String image, AnalyzeOptions options) {
        return submit(queue, image, options);
    }

    public CompletableFuture<Analysis> search(String image) {
        return submit(searches, image, new AnalyzeOptions(10, AnalyzeOptions.NO_THUMBNAIL));
    }

    private static CompletableFuture<Analysis> submit(
            AnalysisQueue queue, String image, AnalyzeOptions options) {
        CompletableFuture<Analysis> answer = new CompletableFuture<>();
        queue.submit(
                image,
                options,
                ActionListener.wrap(answer::complete, answer::completeExceptionally));
        return answer;
    }

    /** Why an image is not analyzed. */
    public AnalysisException fault(String image) {
        return fault(submit(image));
    }

    public static AnalysisException fault(CompletableFuture<Analysis> answer) {
        ExecutionException e =
                assertThrows(ExecutionException.class, () -> answer.get(60, TimeUnit.SECONDS));
        return assertInstanceOf(AnalysisException.class, e.getCause());
    }

    @Override
    public void close() {
        IOUtils.closeWhileHandlingException(components);
        ThreadPool.terminate(threadPool, 5, TimeUnit.SECONDS);
    }
}
