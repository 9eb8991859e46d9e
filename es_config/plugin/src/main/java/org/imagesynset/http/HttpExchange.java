package org.imagesynset.http;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import org.elasticsearch.common.Strings;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.Scheduler;
import org.elasticsearch.threadpool.Scheduler.Cancellable;
import org.imagesynset.analysis.Priority;
import org.imagesynset.settings.ImageSynsetSettings;

/**
 * By the JDK's HTTP client. One instance for the sidecars of a name, with one shared connection
 * pool.
 */
final class HttpExchange implements Exchange {
    /** The longest that the sidecar takes. */
    private static final long MAX_DEADLINE_MILLIS = 3_600_000;

    private final ImageSynsetSettings settings;
    private final Scheduler scheduler;
    private final Executor executor;
    private final HttpClient http;

    /**
     * @param tls how to know a sidecar by its certificate
     */
    HttpExchange(
            ImageSynsetSettings settings, SSLContext tls, Scheduler scheduler, Executor executor) {
        this.settings = settings;
        this.scheduler = scheduler;
        this.executor = executor;
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(Duration.ofNanos(settings.connectTimeout().nanos()))
                        // A proxy set for the whole JVM must not get to see the images.
                        .proxy(HttpClient.Builder.NO_PROXY)
                        .sslContext(tls)
                        .executor(executor)
                        .build();
    }

    @Override
    public CompletableFuture<SidecarAnswer> analyze(
            URI sidecar,
            AnalyzeRequest request,
            Priority priority,
            String requestId,
            TimeValue timeout) {
        try {
            HttpRequest.Builder post =
                    HttpRequest.newBuilder(sidecar.resolve("/v1/analyze"))
                            .header("Content-Type", "application/json")
                            .header("X-Request-Id", requestId)
                            .header("X-Priority", priority.header())
                            .header("X-Deadline-Ms", deadline(timeout))
                            .POST(AnalyzeRequestBody.of(request));
            return send(post, request.maxResponseBytes(), timeout);
        } catch (Exception e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public CompletableFuture<SidecarAnswer> get(
            URI sidecar, String path, int maxBytes, TimeValue timeout) {
        try {
            return send(HttpRequest.newBuilder(sidecar.resolve(path)), maxBytes, timeout);
        } catch (Exception e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<SidecarAnswer> send(
            HttpRequest.Builder request, int maxBytes, TimeValue timeout) {
        request.header("Accept", "application/json");
        String token = settings.sidecarToken();
        if (Strings.hasText(token)) {
            request.header("Authorization", "Bearer " + token);
        }
        CompletableFuture<HttpResponse<byte[]>> exchange =
                http.sendAsync(request.build(), headers -> new BoundedBody(maxBytes));
        // The JDK's own request timeout ends with the headers, but a body can drip on forever.
        Cancellable deadline = scheduler.schedule(() -> exchange.cancel(true), timeout, executor);
        exchange.whenComplete((response, failure) -> deadline.cancel());
        return Exchange.canceling(exchange.thenApply(HttpExchange::answer), exchange);
    }

    private static SidecarAnswer answer(HttpResponse<byte[]> response) {
        return new SidecarAnswer(
                response.statusCode(),
                response.headers().firstValue("Content-Type").orElse(""),
                response.headers().firstValue("Retry-After").orElse(""),
                response.body());
    }

    private static String deadline(TimeValue timeout) {
        return Long.toString(Math.clamp(timeout.millis(), 1, MAX_DEADLINE_MILLIS));
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
