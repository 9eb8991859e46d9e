package org.imagesynset.http;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.elasticsearch.common.UUIDs;
import org.elasticsearch.core.CheckedFunction;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.Scheduler;
import org.imagesynset.analysis.ImageResult;
import org.imagesynset.analysis.Priority;
import org.imagesynset.settings.ImageSynsetSettings;

/** The sidecar's API over HTTP: reads answers, and makes of everything else a failure. */
public final class SidecarHttp implements SidecarApi {
    /** The longest answer that is read of those that are not analyses. */
    private static final int MAX_BYTES = 1 << 16;

    /** Tens of thousands of classes with their words. */
    private static final int MAX_VOCABULARY_BYTES = 16 << 20;

    private final ImageSynsetSettings settings;
    private final Exchange exchange;
    private final Executor executor;

    public SidecarHttp(ImageSynsetSettings settings, Exchange exchange, Executor executor) {
        this.settings = settings;
        this.exchange = exchange;
        this.executor = executor;
    }

    /**
     * @param configDir the folder of Elasticsearch's configuration, for the authorities' files
     */
    public static SidecarHttp create(
            ImageSynsetSettings settings, Path configDir, Scheduler scheduler, Executor executor) {
        return new SidecarHttp(
                settings,
                new HttpExchange(
                        settings,
                        SidecarTls.context(settings.certificateAuthorities(), configDir),
                        scheduler,
                        executor),
                executor);
    }

    @Override
    public CompletableFuture<List<ImageResult>> analyze(
            URI sidecar,
            AnalyzeRequest request,
            Priority priority,
            String requestId,
            TimeValue timeout) {
        return read(
                exchange.analyze(sidecar, request, priority, requestId, timeout),
                classifier(sidecar, timeout, requestId),
                answer -> AnalyzeResponseParser.read(answer.body(), request));
    }

    @Override
    public CompletableFuture<ModelDetails> model(URI sidecar, TimeValue timeout) {
        return get(
                sidecar,
                "/v1/model",
                MAX_BYTES,
                timeout,
                answer -> ModelDetails.read(answer.body()));
    }

    @Override
    public CompletableFuture<Map<String, Object>> vocabulary(URI sidecar, TimeValue timeout) {
        return get(
                sidecar,
                "/v1/vocabulary",
                MAX_VOCABULARY_BYTES,
                timeout,
                answer -> SidecarJson.map(answer.body()));
    }

    @Override
    public CompletableFuture<Void> ready(URI sidecar, TimeValue timeout) {
        return get(sidecar, "/health/ready", MAX_BYTES, timeout, answer -> null);
    }

    private <T> CompletableFuture<T> get(
            URI sidecar,
            String path,
            int maxBytes,
            TimeValue timeout,
            CheckedFunction<SidecarAnswer, T, Exception> reader) {
        return read(
                exchange.get(sidecar, path, maxBytes, timeout),
                classifier(sidecar, timeout, UUIDs.randomBase64UUID()),
                reader);
    }

    private FailureClassifier classifier(URI sidecar, TimeValue timeout, String requestId) {
        return new FailureClassifier(sidecar, settings, timeout, requestId);
    }

    /** On the executor, because an answer can be megabytes. */
    private <T> CompletableFuture<T> read(
            CompletableFuture<SidecarAnswer> answered,
            FailureClassifier classifier,
            CheckedFunction<SidecarAnswer, T, Exception> reader) {
        CompletableFuture<T> read =
                answered.handleAsync(
                        (answer, failure) -> {
                            SidecarFailure error =
                                    failure == null
                                            ? classifier.ofAnswer(answer)
                                            : classifier.noAnswer(failure);
                            if (error != null) {
                                throw new CompletionException(error);
                            }
                            try {
                                return reader.apply(answer);
                            } catch (Exception e) {
                                throw new CompletionException(classifier.unusable(e));
                            }
                        },
                        executor);
        return Exchange.canceling(read, answered);
    }

    @Override
    public void close() {
        exchange.close();
    }
}
