package org.imagesynset.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.elasticsearch.core.TimeValue;
import org.imagesynset.FakeSidecar;
import org.imagesynset.Images;
import org.imagesynset.VirtualTime;
import org.imagesynset.analysis.Priority;
import org.imagesynset.settings.ImageSynsetSettings;

/** Port 1 may be one that always works; then the others fail only in ways that pass. */
public final class RandomSidecars implements Exchange {
    private final VirtualTime time;
    private final Random random;
    private final boolean oneAlwaysWorks;
    private final List<CompletableFuture<SidecarAnswer>> underWay = new ArrayList<>();
    private boolean closed;

    public RandomSidecars(VirtualTime time, Random random, boolean oneAlwaysWorks) {
        this.time = time;
        this.random = random;
        this.oneAlwaysWorks = oneAlwaysWorks;
    }

    public SidecarApi api(ImageSynsetSettings settings) {
        return new SidecarHttp(settings, this, time);
    }

    @Override
    public CompletableFuture<SidecarAnswer> analyze(
            URI sidecar,
            AnalyzeRequest request,
            Priority priority,
            String requestId,
            TimeValue timeout) {
        if (oneAlwaysWorks) {
            return sidecar.getPort() == 1 ? later(ok(request)) : passing();
        }
        return switch (random.nextInt(16)) {
            case 0 -> never(timeout);
            case 1 -> error(401, "unauthorized");
            case 2 -> error(500, "internal_error");
            case 3 -> later(new SidecarAnswer(200, "text/html", "", new byte[0]));
            case 4 -> later(json(200, "", "{\"results\":[]}"));
            case 5 -> error(422, "too_many_images");
            case 6, 7 ->
                    request.images().size() > 1
                            ? error(413, "request_too_large")
                            : later(ok(request));
            case 8, 9 -> passing();
            default -> later(ok(request));
        };
    }

    @Override
    public CompletableFuture<SidecarAnswer> get(
            URI sidecar, String path, int maxBytes, TimeValue timeout) {
        return switch (random.nextInt(4)) {
            case 0 -> passing();
            case 1 -> never(timeout);
            default -> later(json(200, "", "{}"));
        };
    }

    private CompletableFuture<SidecarAnswer> passing() {
        return switch (random.nextInt(7)) {
            case 0 -> fail(new ConnectException());
            case 1 -> fail(new HttpConnectTimeoutException("late"));
            case 2 -> fail(new IOException("connection reset"));
            case 3 -> error(429, "slow_down");
            case 4 -> error(502, "bad_gateway");
            case 5 -> error(503, "busy");
            default -> error(504, "gateway_timeout");
        };
    }

    private CompletableFuture<SidecarAnswer> error(int status, String type) {
        String retryAfter = random.nextBoolean() ? "" : random.nextInt(3) + "";
        return later(
                json(
                        status,
                        retryAfter,
                        "{\"error\":{\"type\":\"" + type + "\",\"reason\":\"r\"}}"));
    }

    private CompletableFuture<SidecarAnswer> fail(Exception failure) {
        CompletableFuture<SidecarAnswer> answer = begin();
        time.later(random.nextInt(100), () -> answer.completeExceptionally(failure));
        return answer;
    }

    private CompletableFuture<SidecarAnswer> never(TimeValue timeout) {
        CompletableFuture<SidecarAnswer> answer = begin();
        time.later(
                timeout.millis(), () -> answer.completeExceptionally(new CancellationException()));
        return answer;
    }

    private CompletableFuture<SidecarAnswer> later(SidecarAnswer given) {
        CompletableFuture<SidecarAnswer> answer = begin();
        time.later(random.nextInt(300), () -> answer.complete(given));
        return answer;
    }

    private CompletableFuture<SidecarAnswer> begin() {
        CompletableFuture<SidecarAnswer> answer = new CompletableFuture<>();
        underWay.add(answer);
        if (closed) {
            answer.completeExceptionally(new IOException("closed"));
        }
        return answer;
    }

    @Override
    public void close() {
        closed = true;
        List.copyOf(underWay)
                .forEach(answer -> answer.completeExceptionally(new IOException("closed")));
    }

    private static SidecarAnswer ok(AnalyzeRequest request) {
        String results =
                IntStream.range(0, request.images().size())
                        .mapToObj(i -> result(i, Images.text(request.images().get(i))))
                        .collect(Collectors.joining(","));
        return json(200, "", "{" + FakeSidecar.MODEL + ",\"results\":[" + results + "]}");
    }

    private static String result(int i, String image) {
        return image.startsWith("bad")
                ? "{\"id\":\"" + i + "\",\"error\":{\"type\":\"not_an_image\",\"reason\":\"\"}}"
                : FakeSidecar.ok(
                        Integer.toString(i),
                        FakeSidecar.SYNSETS.replace(
                                "\"name\":\"tabby\"", "\"name\":\"" + image + "\""),
                        "",
                        false);
    }

    private static SidecarAnswer json(int status, String retryAfter, String body) {
        return new SidecarAnswer(
                status, "application/json", retryAfter, body.getBytes(StandardCharsets.UTF_8));
    }
}
