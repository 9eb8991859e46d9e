package org.imagesynset;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.Scheduler.Cancellable;
import org.elasticsearch.threadpool.ThreadPool;

/**
 * Speaks the sidecar's HTTP API version 1. One instance per node, with one shared connection pool.
 */
final class SidecarClient implements Closeable {
    private static final Logger logger = LogManager.getLogger(SidecarClient.class);

    private final ImageSynsetSettings settings;
    private final ThreadPool threadPool;
    private final Executor executor;
    private final HttpClient http;
    private final AtomicBoolean away = new AtomicBoolean();

    SidecarClient(ImageSynsetSettings settings, ThreadPool threadPool, Executor executor) {
        this.settings = settings;
        this.threadPool = threadPool;
        this.executor = executor;
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(Duration.ofNanos(settings.connectTimeout().nanos()))
                        // A proxy set for the whole JVM must not get to see the images.
                        .proxy(HttpClient.Builder.NO_PROXY)
                        .executor(executor)
                        .build();
    }

    /**
     * Has images analyzed in one request. Returns before the answer is there.
     *
     * @param listener called exactly once, on the executor, with one result per image in the same
     *     order, or with an {@link AnalysisException} that holds for all of them
     */
    void analyze(
            AnalyzeOptions options,
            List<String> images,
            ActionListener<List<ImageResult>> listener) {
        URI sidecar = settings.sidecarUrl();
        AnalyzeRequest request = new AnalyzeRequest(options, images);
        SidecarFaults faults =
                new SidecarFaults(sidecar, settings.connectTimeout(), settings.requestTimeout());
        exchange(sidecar, request, settings.requestTimeout())
                .whenComplete(
                        (response, failure) ->
                                executor.execute(
                                        () ->
                                                finish(
                                                        request, response, failure, faults,
                                                        listener)));
    }

    private CompletableFuture<HttpResponse<byte[]>> exchange(
            URI sidecar, AnalyzeRequest request, TimeValue timeout) {
        try {
            HttpRequest post =
                    HttpRequest.newBuilder(sidecar.resolve("/v1/analyze"))
                            .header("Content-Type", "application/json")
                            .header("Accept", "application/json")
                            .POST(request.body())
                            .build();
            CompletableFuture<HttpResponse<byte[]>> exchange =
                    http.sendAsync(post, headers -> new BoundedBody(request.maxResponseBytes()));
            // The JDK's own request timeout ends with the headers, but a body can drip on for ever.
            Cancellable deadline =
                    threadPool.schedule(() -> exchange.cancel(true), timeout, executor);
            exchange.whenComplete((response, failure) -> deadline.cancel());
            return exchange;
        } catch (Exception e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void finish(
            AnalyzeRequest request,
            HttpResponse<byte[]> response,
            Throwable failure,
            SidecarFaults faults,
            ActionListener<List<ImageResult>> listener) {
        List<ImageResult> results;
        try {
            if (failure != null) {
                throw faults.noAnswer(failure);
            }
            faults.check(response);
            results = AnalyzeResponse.read(response.body(), request);
        } catch (AnalysisException e) {
            wentAway(e);
            listener.onFailure(e);
            return;
        } catch (IOException | RuntimeException e) {
            AnalysisException fault = faults.unusable(e);
            wentAway(fault);
            listener.onFailure(fault);
            return;
        }
        if (away.compareAndSet(true, false)) {
            logger.info("sidecar [{}] is back", settings.sidecarUrl());
        }
        listener.onResponse(results);
    }

    private void wentAway(AnalysisException fault) {
        if (away.compareAndSet(false, true)) {
            logger.warn("images can't be analyzed: {}", fault.getMessage());
        }
    }

    /** Ends what is under way; its listeners get a failure. */
    @Override
    public void close() {
        http.shutdownNow();
    }
}
