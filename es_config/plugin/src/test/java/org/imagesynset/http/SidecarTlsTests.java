package org.imagesynset.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.elasticsearch.common.settings.KeyStoreWrapper;
import org.imagesynset.FakeSidecar;
import org.imagesynset.TestNode;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.diagnostics.NodeStats;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS with your own authority, and the token from the keystore. */
class SidecarTlsTests {
    private static final String CAS = "sidecar.ssl.certificate_authorities";
    private static final String TOKEN = "ingest.image_synset.sidecar.token";

    @TempDir static Path config;

    @BeforeAll
    static void makeCertificates() throws Exception {
        makeCertificate("good", "ip:127.0.0.1");
        makeCertificate("stranger", "ip:127.0.0.1");
        makeCertificate("elsewhere", "dns:sidecar.example");
        Files.writeString(config.resolve("empty.pem"), "\n");
        Files.writeString(config.resolve("broken.pem"), "-----BEGIN CERTIFICATE-----\nxx\n");
    }

    @Test
    void anAuthorityOfOnesOwnIsTrusted() throws Exception {
        try (FakeSidecar sidecar = serve("good");
                TestNode node = new TestNode(config, null, sidecar.url(), CAS, "good.pem")) {
            assertEquals(2, node.submit("QQ==").get(60, TimeUnit.SECONDS).synsets().size());
        }
    }

    @Test
    void anotherAuthorityIsNot() throws Exception {
        try (FakeSidecar sidecar = serve("stranger");
                TestNode node = new TestNode(config, null, sidecar.url(), CAS, "good.pem");
                TestNode ofTheJdk = new TestNode(sidecar.url())) {
            for (TestNode each : List.of(node, ofTheJdk)) {
                AnalysisException error = each.fault("QQ==");
                assertEquals("sidecar_unavailable", error.type());
                assertTrue(
                        error.getMessage().contains("change [ingest.image_synset." + CAS + "]"),
                        error.getMessage());
            }
            assertEquals(List.of(), sidecar.requests);
        }
    }

    @Test
    void anotherHostsCertificateIsNot() throws Exception {
        try (FakeSidecar sidecar = serve("elsewhere");
                TestNode node = new TestNode(config, null, sidecar.url(), CAS, "elsewhere.pem")) {
            AnalysisException error = node.fault("QQ==");
            assertTrue(error.getMessage().contains("127.0.0.1"), error.getMessage());
            assertTrue(error.getMessage().contains(CAS), error.getMessage());
            assertEquals(List.of(), sidecar.requests);
        }
    }

    @Test
    void aConnectionThatBreaksUnderTlsIsTriedElsewhere() throws Exception {
        try (ServerSocket breaking = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                FakeSidecar sidecar = serve("good");
                TestNode node =
                        new TestNode(
                                config,
                                null,
                                "https://127.0.0.1:"
                                        + breaking.getLocalPort()
                                        + ","
                                        + sidecar.url(),
                                CAS,
                                "good.pem")) {
            Thread.startVirtualThread(
                    () -> {
                        while (true) {
                            try (Socket client = breaking.accept()) {
                                client.getInputStream().read();
                            } catch (IOException e) {
                                return;
                            }
                        }
                    });
            for (int i = 0; i < 10; i++) {
                node.submit("QQ==").get(60, TimeUnit.SECONDS);
            }
            NodeStats stats = node.monitor.stats();
            assertEquals(5, stats.requests().retries());
            assertEquals("open", stats.sidecars().getFirst().breaker());
        }
    }

    @Test
    void severalFilesAreAllTrusted() throws Exception {
        try (FakeSidecar sidecar = serve("stranger");
                TestNode node =
                        new TestNode(config, null, sidecar.url(), CAS, "good.pem,stranger.pem")) {
            node.submit("QQ==").get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void filesThatCantBeUsed() {
        for (String file : List.of("none.pem", "empty.pem", "broken.pem", "../outside.pem")) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> SidecarTls.context(List.of("good.pem", file), config));
            assertTrue(e.getMessage().contains("[ingest.image_synset." + CAS + "]"));
            assertTrue(e.getMessage().contains("[" + file + "]"), e.getMessage());
        }
    }

    @Test
    void theTokenIsSentAndReadAgain() throws Exception {
        try (FakeSidecar sidecar = new FakeSidecar();
                TestNode node = new TestNode(config, keystore("old-one"), sidecar.url())) {
            sidecar.behavior =
                    (exchange, asked) ->
                            (List.of("Bearer new-one").equals(asked.headers().get("Authorization"))
                                            ? FakeSidecar.HONEST
                                            : FakeSidecar.error(401, "unauthorized"))
                                    .answer(exchange, asked);
            AnalysisException error = node.fault("QQ==");
            assertEquals("sidecar_unauthorized", error.type());
            assertEquals(AnalysisException.Fault.SIDECAR, error.fault());
            assertTrue(error.getMessage().contains("set [" + TOKEN + "] in this node's keystore"));
            assertFalse(error.getMessage().contains("old-one"));
            while (node.fault("QQ==").type().equals("breaker_open") == false) {
                assertTrue(sidecar.requests.size() <= 5);
            }
            node.reload(keystore("new-one"));
            node.submit("QQ==").get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void withoutATokenNoneIsSent() throws Exception {
        try (FakeSidecar sidecar = new FakeSidecar();
                TestNode node = new TestNode(sidecar.url())) {
            node.submit("QQ==").get(60, TimeUnit.SECONDS);
            assertFalse(sidecar.requests.getFirst().headers().containsKey("Authorization"));
        }
    }

    @Test
    void aTokenThatCantBeSentIsRefusedAndTheOldOneStays() throws Exception {
        try (FakeSidecar sidecar = new FakeSidecar();
                TestNode node = new TestNode(config, keystore("old-one"), sidecar.url())) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> node.reload(keystore("se\ncret")));
            assertTrue(e.getMessage().contains("[" + TOKEN + "]"), e.getMessage());
            assertFalse(e.getMessage().contains("cret"), e.getMessage());
            node.submit("QQ==").get(60, TimeUnit.SECONDS);
            assertEquals(
                    List.of("Bearer old-one"),
                    sidecar.requests.getFirst().headers().get("Authorization"));
        }
    }

    private static KeyStoreWrapper keystore(String token) throws Exception {
        KeyStoreWrapper keystore = KeyStoreWrapper.create();
        keystore.setString(TOKEN, token.toCharArray());
        return keystore;
    }

    private static FakeSidecar serve(String name) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(config.resolve(name + ".p12"))) {
            store.load(file, "password".toCharArray());
        }
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, "password".toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), null, null);
        return new FakeSidecar(tls, 0);
    }

    /** A key in NAME.p12 and its self-made certificate, its own authority, in NAME.pem. */
    private static void makeCertificate(String name, String host) throws Exception {
        Path store = config.resolve(name + ".p12");
        keytool(
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storepass",
                "password",
                "-alias",
                "it",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=" + host,
                "-validity",
                "2");
        KeyStore keys = KeyStore.getInstance(store.toFile(), "password".toCharArray());
        String base64 =
                Base64.getMimeEncoder().encodeToString(keys.getCertificate("it").getEncoded());
        Files.writeString(
                config.resolve(name + ".pem"),
                "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue());
    }
}
