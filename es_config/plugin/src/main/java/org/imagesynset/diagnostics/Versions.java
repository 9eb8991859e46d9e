package org.imagesynset.diagnostics;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.elasticsearch.Build;

/** Which plugin runs in which Elasticsearch. */
final class Versions {
    private static final String PLUGIN = read();

    private Versions() {}

    static String plugin() {
        return PLUGIN;
    }

    static String elasticsearch() {
        return Build.current().version();
    }

    /** From the plugin's own descriptor, of which the jar has a copy. */
    private static String read() {
        Properties descriptor = new Properties();
        try (InputStream in = Versions.class.getResourceAsStream("plugin-descriptor.properties")) {
            descriptor.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return descriptor.getProperty("version");
    }
}
