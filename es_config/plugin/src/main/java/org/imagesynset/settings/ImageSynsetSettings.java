package org.imagesynset.settings;

import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.SecureSetting;
import org.elasticsearch.common.settings.SecureString;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Setting.Property;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.core.TimeValue;

/**
 * The node settings {@code ingest.image_synset.*} for the sidecars of one name, as they are now:
 * the dynamic ones follow the cluster settings. Addresses and tokens are of one name, the rest is
 * the same for all.
 */
public final class ImageSynsetSettings {
    private static final Logger logger = LogManager.getLogger(ImageSynsetSettings.class);

    private static final String PREFIX = "ingest.image_synset.";
    private static final String NAMED = PREFIX + "sidecars.";

    /** The name of the sidecars that have none: those of {@link #SIDECAR_URLS}. */
    public static final String UNNAMED = "";

    /**
     * Where the sidecars listen. Static and read from the node's own file only, so that nobody who
     * may write pipelines or cluster settings can aim the node at another host.
     */
    public static final Setting<List<URI>> SIDECAR_URLS =
            SidecarAddresses.setting(PREFIX + "sidecar.urls", List.of("http://127.0.0.1:8500"));

    /** Where the sidecars of a name listen, which processors ask for by the option [sidecar]. */
    public static final Setting.AffixSetting<List<URI>> NAMED_URLS =
            Setting.affixKeySetting(NAMED, "urls", key -> SidecarAddresses.setting(key, List.of()));

    /** The sidecars' bearer token, from the keystore; without it none is sent. */
    public static final Setting<SecureString> SIDECAR_TOKEN =
            SecureSetting.secureString(PREFIX + "sidecar.token", null);

    /** The bearer token of the sidecars of a name; the others' is never sent to them. */
    public static final Setting.AffixSetting<SecureString> NAMED_TOKEN =
            Setting.affixKeySetting(NAMED, "token", key -> SecureSetting.secureString(key, null));

    /**
     * PEM files with the authorities that sign the sidecars' certificates, instead of those the JDK
     * knows.
     */
    public static final Setting<List<String>> CERTIFICATE_AUTHORITIES =
            Setting.stringListSetting(
                    PREFIX + "sidecar.ssl.certificate_authorities", Property.NodeScope);

    /**
     * How long a connection to the sidecar may take to open. Static: the shared HTTP client is
     * built with it.
     */
    public static final Setting<TimeValue> CONNECT_TIMEOUT =
            Setting.timeSetting(
                    PREFIX + "connect_timeout",
                    TimeValue.timeValueSeconds(1),
                    TimeValue.timeValueMillis(1),
                    Property.NodeScope);

    /** How long one request may take as a whole, from connecting to the last byte of the answer. */
    public static final Setting<TimeValue> REQUEST_TIMEOUT = dynamicTime("request_timeout", 30);

    /** How many images one request holds at most. */
    public static final Setting<Integer> BATCH_MAX_ITEMS =
            dynamicInt("batch.max_items", 16, 1, 1024);

    /** How much image text one request holds at most; a bigger image goes alone. */
    public static final Setting<ByteSizeValue> BATCH_MAX_BYTES =
            Setting.byteSizeSetting(
                    PREFIX + "batch.max_bytes",
                    ByteSizeValue.ofMb(16),
                    ByteSizeValue.ofBytes(1),
                    ByteSizeValue.ofGb(1),
                    Property.Dynamic,
                    Property.NodeScope);

    /** How many requests may be under way at once. */
    static final Setting<Integer> IN_FLIGHT = dynamicInt("in_flight", 4, 1, 64);

    /**
     * How much image text may wait or be under way on this node, in bytes or as a share of the
     * heap.
     */
    public static final Setting<ByteSizeValue> QUEUE_MAX_BYTES =
            Setting.memorySizeSetting(
                    PREFIX + "queue.max_bytes", "20%", Property.Dynamic, Property.NodeScope);

    /** How long images wait without the sidecar answering any request before they are given up. */
    public static final Setting<TimeValue> STALL_TIMEOUT = dynamicTime("stall_timeout", 60);

    /** How often a request is tried again after every usable sidecar has failed it. */
    static final Setting<Integer> RETRIES = dynamicInt("retries", 3, 0, 10);

    /** After how many failures in a row a sidecar's breaker opens: no requests are sent to it. */
    static final Setting<Integer> BREAKER_FAILURES = dynamicInt("breaker.failures", 5, 1, 1000);

    /** How long an open breaker waits before the sidecar is asked whether it is ready. */
    public static final Setting<TimeValue> BREAKER_OPEN_FOR = dynamicTime("breaker.open_for", 10);

    private final Setting<List<URI>> urls;
    private final Setting<SecureString> token;
    private final List<URI> sidecarUrls;
    private final List<String> certificateAuthorities;
    private final TimeValue connectTimeout;
    private volatile TimeValue requestTimeout;
    private volatile int batchMaxItems;
    private volatile ByteSizeValue batchMaxBytes;
    private volatile int inFlight;
    private volatile ByteSizeValue queueMaxBytes;
    private volatile TimeValue stallTimeout;
    private volatile int retries;
    private volatile int breakerFailures;
    private volatile TimeValue breakerOpenFor;
    private volatile String sidecarToken;

    /**
     * @param name {@link #UNNAMED} or another of {@link #groups}
     */
    public ImageSynsetSettings(Settings settings, ClusterSettings clusterSettings, String name) {
        boolean unnamed = name.equals(UNNAMED);
        urls = unnamed ? SIDECAR_URLS : NAMED_URLS.getConcreteSettingForNamespace(name);
        token = unnamed ? SIDECAR_TOKEN : NAMED_TOKEN.getConcreteSettingForNamespace(name);
        sidecarUrls = urls.get(settings);
        // Each name has its share, so that one which answers nobody fills no other's.
        int shares = groups(settings).size();
        certificateAuthorities = CERTIFICATE_AUTHORITIES.get(settings);
        connectTimeout = CONNECT_TIMEOUT.get(settings);
        clusterSettings.initializeAndWatch(REQUEST_TIMEOUT, value -> requestTimeout = value);
        clusterSettings.initializeAndWatch(BATCH_MAX_ITEMS, value -> batchMaxItems = value);
        clusterSettings.initializeAndWatch(BATCH_MAX_BYTES, value -> batchMaxBytes = value);
        clusterSettings.initializeAndWatch(IN_FLIGHT, value -> inFlight = value);
        clusterSettings.initializeAndWatch(
                QUEUE_MAX_BYTES,
                value -> queueMaxBytes = ByteSizeValue.ofBytes(value.getBytes() / shares));
        clusterSettings.initializeAndWatch(STALL_TIMEOUT, value -> stallTimeout = value);
        clusterSettings.initializeAndWatch(RETRIES, value -> retries = value);
        clusterSettings.initializeAndWatch(BREAKER_FAILURES, value -> breakerFailures = value);
        clusterSettings.initializeAndWatch(BREAKER_OPEN_FOR, value -> breakerOpenFor = value);
        reload(settings);
        if (sidecarToken.isEmpty() == false) {
            sidecarUrls.stream()
                    .filter(SidecarAddresses::isReadableOnTheWay)
                    .forEach(
                            url ->
                                    logger.warn(
                                            "[{}] goes to [{}] unencrypted: expected https, or a"
                                                    + " network that nobody else can read",
                                            token.getKey(),
                                            url));
        }
    }

    /**
     * Reads the keystore's settings again.
     *
     * @param settings with an open keystore
     * @throws IllegalArgumentException when the token can't be sent; it is not repeated
     */
    public void reload(Settings settings) {
        try (SecureString secret = token.get(settings)) {
            if (secret.chars().anyMatch(c -> c <= ' ' || c > '~')) {
                throw new IllegalArgumentException(
                        "setting ["
                                + token.getKey()
                                + "]: expected visible ASCII characters, found another");
            }
            sidecarToken = secret.toString();
        }
    }

    /** The names of sidecars that the node has: {@link #UNNAMED}, then in alphabetical order. */
    public static Set<String> groups(Settings settings) {
        Set<String> names = new TreeSet<>(NAMED_URLS.getNamespaces(settings));
        names.addAll(NAMED_TOKEN.getNamespaces(settings));
        names.add(UNNAMED);
        return names;
    }

    /** Every setting, for the plugin to register. */
    public static List<Setting<?>> all() {
        return List.of(
                SIDECAR_URLS,
                SIDECAR_TOKEN,
                NAMED_URLS,
                NAMED_TOKEN,
                CERTIFICATE_AUTHORITIES,
                CONNECT_TIMEOUT,
                REQUEST_TIMEOUT,
                BATCH_MAX_ITEMS,
                BATCH_MAX_BYTES,
                IN_FLIGHT,
                QUEUE_MAX_BYTES,
                STALL_TIMEOUT,
                RETRIES,
                BREAKER_FAILURES,
                BREAKER_OPEN_FOR);
    }

    public List<URI> sidecarUrls() {
        return sidecarUrls;
    }

    /** The setting that has {@link #sidecarUrls}. */
    public Setting<?> urls() {
        return urls;
    }

    /** The setting that has {@link #sidecarToken}. */
    public Setting<?> token() {
        return token;
    }

    /** Empty when there is none. */
    public String sidecarToken() {
        return sidecarToken;
    }

    public List<String> certificateAuthorities() {
        return certificateAuthorities;
    }

    public TimeValue connectTimeout() {
        return connectTimeout;
    }

    public TimeValue requestTimeout() {
        return requestTimeout;
    }

    public int batchMaxItems() {
        return batchMaxItems;
    }

    public long batchMaxBytes() {
        return batchMaxBytes.getBytes();
    }

    public int inFlight() {
        return inFlight;
    }

    public ByteSizeValue queueMaxBytes() {
        return queueMaxBytes;
    }

    public TimeValue stallTimeout() {
        return stallTimeout;
    }

    public int retries() {
        return retries;
    }

    public int breakerFailures() {
        return breakerFailures;
    }

    public TimeValue breakerOpenFor() {
        return breakerOpenFor;
    }

    private static Setting<TimeValue> dynamicTime(String name, long defaultSeconds) {
        return Setting.timeSetting(
                PREFIX + name,
                TimeValue.timeValueSeconds(defaultSeconds),
                TimeValue.timeValueMillis(1),
                Property.Dynamic,
                Property.NodeScope);
    }

    private static Setting<Integer> dynamicInt(String name, int defaultValue, int min, int max) {
        return Setting.intSetting(
                PREFIX + name, defaultValue, min, max, Property.Dynamic, Property.NodeScope);
    }
}
