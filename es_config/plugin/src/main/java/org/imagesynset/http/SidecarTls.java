package org.imagesynset.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.imagesynset.settings.ImageSynsetSettings;

/** Whose certificates a sidecar may show. Names are always checked against the host's too. */
public final class SidecarTls {
    private SidecarTls() {}

    /**
     * Trusts the authorities in the files and no others, or without files those of the JDK.
     *
     * @param files PEM, paths within the folder of Elasticsearch's configuration
     * @throws IllegalArgumentException naming the setting and the file that can't be used
     */
    public static SSLContext context(List<String> files, Path configDir) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(files.isEmpty() ? null : authorities(files, configDir));
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no usable TLS", e);
        }
    }

    private static KeyStore authorities(List<String> files, Path configDir)
            throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
        for (String file : files) {
            for (Certificate certificate : certificates(file, configDir)) {
                store.setCertificateEntry(Integer.toString(store.size()), certificate);
            }
        }
        return store;
    }

    private static List<Certificate> certificates(String file, Path configDir) {
        Path path = configDir.resolve(file).normalize();
        if (path.startsWith(configDir.normalize()) == false) {
            throw unusable(file, "a path outside of it", null);
        }
        try (InputStream pem = Files.newInputStream(path)) {
            List<Certificate> found =
                    List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(pem));
            if (found.isEmpty()) {
                throw unusable(file, "no certificate in it", null);
            }
            return found;
        } catch (IOException | GeneralSecurityException e) {
            throw unusable(file, e.toString(), e);
        }
    }

    private static IllegalArgumentException unusable(String file, String found, Exception cause) {
        return new IllegalArgumentException(
                "setting ["
                        + ImageSynsetSettings.CERTIFICATE_AUTHORITIES.getKey()
                        + "]: expected a PEM file with certificates in the folder of"
                        + " elasticsearch.yml, found ["
                        + file
                        + "]: "
                        + found,
                cause);
    }
}
