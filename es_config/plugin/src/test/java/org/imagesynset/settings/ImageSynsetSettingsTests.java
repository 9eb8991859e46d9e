package org.imagesynset.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.List;
import java.util.Set;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.KeyStoreWrapper;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.TimeValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageSynsetSettingsTests {

    @Test
    void defaults() {
        ImageSynsetSettings settings = read(Settings.EMPTY);
        assertEquals(List.of(URI.create("http://127.0.0.1:8500/")), settings.sidecarUrls());
        assertEquals("", settings.sidecarToken());
        assertEquals(List.of(), settings.certificateAuthorities());
        assertEquals(3, settings.retries());
        assertEquals(5, settings.breakerFailures());
        assertEquals(TimeValue.timeValueSeconds(10), settings.breakerOpenFor());
        assertEquals(TimeValue.timeValueSeconds(1), settings.connectTimeout());
        assertEquals(TimeValue.timeValueSeconds(30), settings.requestTimeout());
        assertEquals(16, settings.batchMaxItems());
        assertEquals(16 << 20, settings.batchMaxBytes());
        assertEquals(4, settings.inFlight());
        assertEquals(TimeValue.timeValueSeconds(60), settings.stallTimeout());
        long heap = Runtime.getRuntime().maxMemory();
        assertEquals(0.2, (double) settings.queueMaxBytes().getBytes() / heap, 0.01);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://127.0.0.1:8500/", "https://sidecar.internal", "http://[::1]:8500"})
    void addresses(String url) {
        assertEquals(URI.create(url).getHost(), readUrl(url).sidecarUrls().getFirst().getHost());
        assertEquals("/", readUrl(url).sidecarUrls().getFirst().getPath());
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8500, found",
        "ftp://host, found the scheme [ftp]",
        "file:///etc/passwd, found the scheme [file]",
        "http://me:secret@host, found a user-info",
        "http:///path, found no host",
        "http://ho st, found an unreadable address",
        "http://host/v1, 'found a path, query or fragment'",
        "http://host?a=b, 'found a path, query or fragment'",
        "http://host/#a, 'found a path, query or fragment'",
        "http://host:70000, found the port [70000]",
        "'http://a,http://a/', found one address twice"
    })
    void illegalAddresses(String url, String message) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> readUrl(url));
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertTrue(e.getMessage().contains("[ingest.image_synset.sidecar.urls]"), e.getMessage());
        assertFalse(e.getMessage().contains("secret"), e.getMessage());
    }

    @Test
    void noAddressAtAll() {
        Settings none = Settings.builder().putList("ingest.image_synset.sidecar.urls").build();
        assertThrows(IllegalArgumentException.class, () -> read(none));
    }

    @Test
    void eachNameHasAddressesAndATokenOfItsOwn() throws Exception {
        KeyStoreWrapper keystore = KeyStoreWrapper.create();
        keystore.setString("ingest.image_synset.sidecar.token", "ours".toCharArray());
        Settings settings =
                Settings.builder()
                        .put("ingest.image_synset.sidecars.shop.urls", "https://shop:1,https://b")
                        .put("ingest.image_synset.sidecars.art-2.urls", "https://art")
                        .put("ingest.image_synset.queue.max_bytes", "300b")
                        .setSecureSettings(keystore)
                        .build();
        assertEquals(
                List.of("", "art-2", "shop"), List.copyOf(ImageSynsetSettings.groups(settings)));
        ImageSynsetSettings shop = read(settings, "shop");
        assertEquals(
                List.of(URI.create("https://shop:1/"), URI.create("https://b/")),
                shop.sidecarUrls());
        assertEquals("", shop.sidecarToken());
        assertEquals("ours", read(settings).sidecarToken());
        assertEquals(List.of(URI.create("http://127.0.0.1:8500/")), read(settings).sidecarUrls());
        assertEquals(100, shop.queueMaxBytes().getBytes(), "of three");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ftp://host", "http://me:secret@host", "http://a,http://a/"})
    void illegalAddressesOfANameNameItsSetting(String urls) {
        String key = "ingest.image_synset.sidecars.shop.urls";
        Settings settings =
                urls.isEmpty()
                        ? Settings.builder().putList(key).build()
                        : Settings.builder().put(key, urls).build();
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> read(settings, "shop"));
        assertTrue(e.getMessage().contains("[" + key + "]"), e.getMessage());
        assertFalse(e.getMessage().contains("secret"), e.getMessage());
    }

    @Test
    void aTokenForNobodyIsAnError() throws Exception {
        KeyStoreWrapper keystore = KeyStoreWrapper.create();
        keystore.setString("ingest.image_synset.sidecars.shop.token", "theirs".toCharArray());
        Settings settings = Settings.builder().setSecureSettings(keystore).build();
        assertEquals(List.of("", "shop"), List.copyOf(ImageSynsetSettings.groups(settings)));
        assertThrows(IllegalArgumentException.class, () -> read(settings, "shop"));
    }

    @Test
    void whereAndHowToConnectIsTheNodesOwn() {
        Set<Setting<?>> own =
                Set.of(
                        ImageSynsetSettings.SIDECAR_URLS,
                        ImageSynsetSettings.SIDECAR_TOKEN,
                        ImageSynsetSettings.NAMED_URLS,
                        ImageSynsetSettings.NAMED_TOKEN,
                        ImageSynsetSettings.CERTIFICATE_AUTHORITIES,
                        ImageSynsetSettings.CONNECT_TIMEOUT);
        for (Setting<?> setting : ImageSynsetSettings.all()) {
            assertEquals(own.contains(setting), setting.isDynamic() == false, setting.getKey());
            assertTrue(setting.hasNodeScope(), setting.getKey());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "request_timeout, 0ms",
        "connect_timeout, -1",
        "stall_timeout, 0s",
        "in_flight, 0",
        "in_flight, 65",
        "retries, -1",
        "retries, 11",
        "breaker.failures, 0",
        "breaker.open_for, 0s",
        "batch.max_items, 0",
        "batch.max_bytes, 0b",
        "queue.max_bytes, big"
    })
    void illegalValues(String name, String value) {
        Settings settings = Settings.builder().put("ingest.image_synset." + name, value).build();
        Exception e = assertThrows(Exception.class, () -> read(settings));
        assertTrue(e.getMessage().contains("ingest.image_synset." + name), e.getMessage());
    }

    private static ImageSynsetSettings readUrl(String url) {
        return read(Settings.builder().put("ingest.image_synset.sidecar.urls", url).build());
    }

    private static ImageSynsetSettings read(Settings settings) {
        return read(settings, ImageSynsetSettings.UNNAMED);
    }

    private static ImageSynsetSettings read(Settings settings, String name) {
        return new ImageSynsetSettings(
                settings,
                new ClusterSettings(settings, Set.copyOf(ImageSynsetSettings.all())),
                name);
    }
}
