package org.imagesynset;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Setting.Property;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.unit.ByteSizeUnit;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.core.TimeValue;

/**
 * The node settings {@code ingest.image_synset.*}, as they are now: the dynamic ones follow the
 * cluster settings.
 */
final class ImageSynsetSettings {
    private static final String PREFIX = "ingest.image_synset.";

    /**
     * Where the sidecar listens. Static and read from the node's own file only, so that nobody who
     * may write pipelines or cluster settings can aim the node at another host.
     */
    static final Setting<List<URI>> SIDECAR_URLS =
            Setting.listSetting(
                    PREFIX + "sidecar.urls",
                    List.of("http://127.0.0.1:8500"),
                    ImageSynsetSettings::parseUrl,
                    ImageSynsetSettings::validateUrls,
                    Property.NodeScope);

    /**
     * How long a connection to the sidecar may take to open. Static: the shared HTTP client is
     * built with it.
     */
    static final Setting<TimeValue> CONNECT_TIMEOUT =
            Setting.timeSetting(
                    PREFIX + "connect_timeout",
                    TimeValue.timeValueSeconds(1),
                    TimeValue.timeValueMillis(1),
                    Property.NodeScope);

    /** How long one request may take as a whole, from connecting to the last byte of the answer. */
    static final Setting<TimeValue> REQUEST_TIMEOUT = dynamicTime("request_timeout", 30);

    /** How many images one request holds at most. */
    static final Setting<Integer> BATCH_MAX_ITEMS = dynamicInt("batch.max_items", 16, 1024);

    /** How much image text one request holds at most; a bigger image goes alone. */
    static final Setting<ByteSizeValue> BATCH_MAX_BYTES =
            Setting.byteSizeSetting(
                    PREFIX + "batch.max_bytes",
                    ByteSizeValue.ofMb(16),
                    ByteSizeValue.ofBytes(1),
                    ByteSizeValue.of(1, ByteSizeUnit.GB),
                    Property.Dynamic,
                    Property.NodeScope);

    /** How many requests may be under way at once. */
    static final Setting<Integer> IN_FLIGHT = dynamicInt("in_flight", 4, 64);

    /**
     * How much image text may wait or be under way on this node, in bytes or as a share of the
     * heap.
     */
    static final Setting<ByteSizeValue> QUEUE_MAX_BYTES =
            Setting.memorySizeSetting(
                    PREFIX + "queue.max_bytes", "20%", Property.Dynamic, Property.NodeScope);

    /** How long images wait without the sidecar answering any request before they are given up. */
    static final Setting<TimeValue> STALL_TIMEOUT = dynamicTime("stall_timeout", 60);

    private final List<URI> sidecarUrls;
    private final TimeValue connectTimeout;
    private volatile TimeValue requestTimeout;
    private volatile int batchMaxItems;
    private volatile ByteSizeValue batchMaxBytes;
    private volatile int inFlight;
    private volatile ByteSizeValue queueMaxBytes;
    private volatile TimeValue stallTimeout;

    ImageSynsetSettings(Settings settings, ClusterSettings clusterSettings) {
        sidecarUrls = SIDECAR_URLS.get(settings);
        connectTimeout = CONNECT_TIMEOUT.get(settings);
        clusterSettings.initializeAndWatch(REQUEST_TIMEOUT, value -> requestTimeout = value);
        clusterSettings.initializeAndWatch(BATCH_MAX_ITEMS, value -> batchMaxItems = value);
        clusterSettings.initializeAndWatch(BATCH_MAX_BYTES, value -> batchMaxBytes = value);
        clusterSettings.initializeAndWatch(IN_FLIGHT, value -> inFlight = value);
        clusterSettings.initializeAndWatch(QUEUE_MAX_BYTES, value -> queueMaxBytes = value);
        clusterSettings.initializeAndWatch(STALL_TIMEOUT, value -> stallTimeout = value);
    }

    /** Every setting, for the plugin to register. */
    static List<Setting<?>> all() {
        return List.of(
                SIDECAR_URLS,
                CONNECT_TIMEOUT,
                REQUEST_TIMEOUT,
                BATCH_MAX_ITEMS,
                BATCH_MAX_BYTES,
                IN_FLIGHT,
                QUEUE_MAX_BYTES,
                STALL_TIMEOUT);
    }

    URI sidecarUrl() {
        return sidecarUrls.getFirst();
    }

    TimeValue connectTimeout() {
        return connectTimeout;
    }

    TimeValue requestTimeout() {
        return requestTimeout;
    }

    int batchMaxItems() {
        return batchMaxItems;
    }

    long batchMaxBytes() {
        return batchMaxBytes.getBytes();
    }

    int inFlight() {
        return inFlight;
    }

    ByteSizeValue queueMaxBytes() {
        return queueMaxBytes;
    }

    TimeValue stallTimeout() {
        return stallTimeout;
    }

    private static Setting<TimeValue> dynamicTime(String name, long defaultSeconds) {
        return Setting.timeSetting(
                PREFIX + name,
                TimeValue.timeValueSeconds(defaultSeconds),
                TimeValue.timeValueMillis(1),
                Property.Dynamic,
                Property.NodeScope);
    }

    private static Setting<Integer> dynamicInt(String name, int defaultValue, int max) {
        return Setting.intSetting(
                PREFIX + name, defaultValue, 1, max, Property.Dynamic, Property.NodeScope);
    }

    private static URI parseUrl(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw notAnAddress("an unreadable address");
        }
        if ("http".equals(url.getScheme()) == false && "https".equals(url.getScheme()) == false) {
            throw notAnAddress("the scheme [" + url.getScheme() + "]");
        }
        // Before the host, because the text of a user-info is a secret that must not be repeated.
        if (url.getRawAuthority() != null && url.getRawAuthority().indexOf('@') >= 0) {
            throw notAnAddress("a user-info");
        }
        if (url.getHost() == null) {
            throw notAnAddress("no host");
        }
        if (url.getPort() > 65535 || url.getPort() == 0) {
            throw notAnAddress("the port [" + url.getPort() + "]");
        }
        boolean bare = url.getRawPath().isEmpty() || url.getRawPath().equals("/");
        if (bare == false || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw notAnAddress("a path, query or fragment");
        }
        return url.resolve("/");
    }

    private static IllegalArgumentException notAnAddress(String found) {
        return new IllegalArgumentException(
                "setting ["
                        + PREFIX
                        + "sidecar.urls]: expected [http(s)://host:port], found "
                        + found);
    }

    private static void validateUrls(List<URI> urls) {
        if (urls.size() != 1) {
            throw new IllegalArgumentException(
                    "setting ["
                            + PREFIX
                            + "sidecar.urls]: expected exactly one address, the number supported so far, found ["
                            + urls.size()
                            + "]");
        }
    }
}
