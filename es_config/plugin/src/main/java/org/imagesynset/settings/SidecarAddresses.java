package org.imagesynset.settings;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.List;
import org.elasticsearch.common.network.InetAddresses;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Setting.Property;

/** Reads and checks the addresses of sidecars. */
final class SidecarAddresses {
    private SidecarAddresses() {}

    /** A setting with the addresses of sidecars. */
    static Setting<List<URI>> setting(String key, List<String> defaults) {
        return Setting.listSetting(
                key,
                defaults,
                text -> parse(key, text),
                urls -> validate(key, urls),
                Property.NodeScope);
    }

    private static URI parse(String key, String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw notAnAddress(key, "an unreadable address");
        }
        if ("http".equals(url.getScheme()) == false && "https".equals(url.getScheme()) == false) {
            throw notAnAddress(key, "the scheme [" + url.getScheme() + "]");
        }
        // Before the host, because the text of a user-info is a secret that must not be repeated.
        if (url.getRawAuthority() != null && url.getRawAuthority().indexOf('@') >= 0) {
            throw notAnAddress(key, "a user-info");
        }
        if (url.getHost() == null) {
            throw notAnAddress(key, "no host");
        }
        if (url.getPort() > 65535 || url.getPort() == 0) {
            throw notAnAddress(key, "the port [" + url.getPort() + "]");
        }
        boolean bare = url.getRawPath().isEmpty() || url.getRawPath().equals("/");
        if (bare == false || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw notAnAddress(key, "a path, query or fragment");
        }
        return url.resolve("/");
    }

    private static void validate(String key, List<URI> urls) {
        if (urls.isEmpty()) {
            throw notAnAddress(key, "none");
        }
        if (new HashSet<>(urls).size() < urls.size()) {
            throw notAnAddress(key, "one address twice in " + urls);
        }
    }

    /** Whether whoever listens on the network between could read what is sent there. */
    static boolean isReadableOnTheWay(URI url) {
        if (url.getScheme().equals("https") || url.getHost().equals("localhost")) {
            return false;
        }
        String host = url.getHost().replaceAll("[\\[\\]]", "");
        return InetAddresses.isInetAddress(host) == false
                || loopback(InetAddresses.forString(host)) == false;
    }

    private static boolean loopback(InetAddress address) {
        return address.isLoopbackAddress();
    }

    private static IllegalArgumentException notAnAddress(String key, String found) {
        return new IllegalArgumentException(
                "setting [" + key + "]: expected [http(s)://host:port], found " + found);
    }
}
