package org.imagesynset;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.json.JsonXContent;

/** A real HTTP server that speaks the sidecar's API, or breaks it in the way a test chooses. */
public final class FakeSidecar implements Closeable {

    /** What to do with one request. */
    public interface Behavior {
        public void answer(HttpExchange exchange, Asked asked) throws Exception;
    }

    /** One request as it came in. */
    public record Asked(
            List<Map<String, Object>> images,
            int topK,
            Object thumbnail,
            Object features,
            Headers headers) {
        public String image(int i) {
            return (String) images.get(i).get("image");
        }
    }

    /**
     * Answers each image with {@link #SYNSETS}, or with an error where the text is {@code
     * bad:<type>}.
     */
    public static final Behavior HONEST =
            (exchange, asked) -> json(exchange, 200, answer(asked, FakeSidecar::result));

    /** Hangs up without a word. */
    public static final Behavior HANGS_UP = (exchange, asked) -> exchange.close();

    /** Begins an answer that never ends, and counts down when the connection is closed. */
    public static Behavior drips(CountDownLatch closed) {
        return (exchange, asked) -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, 0);
            try {
                while (true) {
                    exchange.getResponseBody().write(' ');
                    exchange.getResponseBody().flush();
                    Thread.sleep(20);
                }
            } finally {
                closed.countDown();
            }
        };
    }

    /** Honest after a while, and keeps the largest number of requests it was busy with at once. */
    public static Behavior busy(long millis, AtomicInteger most) {
        AtomicInteger busy = new AtomicInteger();
        return (exchange, asked) -> {
            most.accumulateAndGet(busy.incrementAndGet(), Math::max);
            Thread.sleep(millis);
            // Before the answer, because with it comes the next request.
            busy.decrementAndGet();
            HONEST.answer(exchange, asked);
        };
    }

    /** An error of the sidecar's own, of the type. */
    public static Behavior error(int status, String type) {
        return (exchange, asked) ->
                json(
                        exchange,
                        status,
                        "{\"error\":{\"type\":\"" + type + "\",\"reason\":\"later\"}}");
    }

    /** The result, a JSON object, for each image. */
    public static Behavior result(String result) {
        return (exchange, asked) -> json(exchange, 200, answer(asked, (a, i) -> result));
    }

    public static final String MODEL =
            "\"model\":{\"name\":\"toy\",\"version\":\"1\",\"weights_sha256\":\"ab\",\"runtime\":\"x\"}";
    public static final String SYNSETS =
            "{\"name\":\"tabby\",\"wind\":\"n02123045\",\"words\":\"tabby\",\"score\":0.6},"
                    + "{\"name\":\"tiger_cat\",\"wind\":\"n02123159\",\"words\":\"tiger cat\",\"score\":0.3}";

    public final List<Asked> requests = new CopyOnWriteArrayList<>();
    public final AtomicInteger probes = new AtomicInteger();
    public volatile Behavior behavior = HONEST;
    public volatile int readyStatus = 200;
    public volatile String modelDetails =
            "{\"name\":\"toy\",\"version\":\"1\",\"weights_sha256\":\"ab\",\"limits\":{\"max_images\":128}}";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    public FakeSidecar() throws IOException {
        this(null, 0);
    }

    /**
     * @param tls what to serve https with, or null for http
     * @param port or 0 for any that is free
     */
    public FakeSidecar(SSLContext tls, int port) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        if (tls == null) {
            server = HttpServer.create(address, 1024);
        } else {
            HttpsServer https = HttpsServer.create(address, 1024);
            https.setHttpsConfigurator(new HttpsConfigurator(tls));
            server = https;
        }
        server.setExecutor(threads);
        server.createContext("/v1/analyze", this::analyze);
        server.createContext(
                "/health/ready",
                exchange -> {
                    probes.incrementAndGet();
                    get(exchange, readyStatus, "{\"status\":\"?\"}");
                });
        server.createContext("/v1/model", exchange -> get(exchange, 200, modelDetails));
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    public String url() {
        String scheme = server instanceof HttpsServer ? "https" : "http";
        return scheme + "://127.0.0.1:" + port();
    }

    public List<Integer> batchSizes() {
        return requests.stream().map(asked -> asked.images().size()).toList();
    }

    @SuppressWarnings("unchecked")
    private void analyze(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Map<String, Object> json =
                    XContentHelper.convertToMap(
                            JsonXContent.jsonXContent,
                            new String(body, StandardCharsets.UTF_8),
                            true);
            Asked asked =
                    new Asked(
                            (List<Map<String, Object>>) json.get("images"),
                            (int) json.get("top_k"),
                            json.get("thumbnail"),
                            json.get("features"),
                            exchange.getRequestHeaders());
            requests.add(asked);
            behavior.answer(exchange, asked);
        } catch (Exception e) {
            // A test's client hung up, which is what the test is about.
        }
    }

    private static void get(HttpExchange exchange, int status, String body) throws IOException {
        try (exchange) {
            json(exchange, status, body);
        }
    }

    public static String answer(Asked asked, BiFunction<Asked, Integer, String> result) {
        return IntStream.range(0, asked.images().size())
                .mapToObj(i -> result.apply(asked, i))
                .collect(Collectors.joining(",", "{" + MODEL + ",\"results\":[", "]}"));
    }

    public static String result(Asked asked, int i) {
        String image = asked.image(i);
        if (image.startsWith("bad:")) {
            return "{\"id\":\""
                    + i
                    + "\",\"error\":{\"type\":\""
                    + image.substring(4)
                    + "\",\"reason\":\"no\"}}";
        }
        String ok =
                ok(
                        Integer.toString(i),
                        SYNSETS,
                        "\"cat\":0.9,\"animal\":0.95",
                        asked.thumbnail() != null);
        return asked.features() == null ? ok : withFeatures(ok, "1.5,0,-0.25");
    }

    public static String withFeatures(String ok, String features) {
        return ok.substring(0, ok.length() - 1) + ",\"features\":[" + features + "]}";
    }

    public static String ok(String id, String synsets, String concepts, boolean thumbnail) {
        return "{\"id\":\""
                + id
                + "\",\"synsets\":["
                + synsets
                + "],\"concepts\":{"
                + concepts
                + "},\"image\":{\"sha256\":\"cd\",\"format\":\"JPEG\",\"width\":4,\"height\":3,\"bytes\":99}"
                + (thumbnail ? ",\"thumbnail\":\"dGh1bWI=\"" : "")
                + "}";
    }

    public static void json(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
