package org.imagesynset.settings;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.List;
import org.elasticsearch.common.network.InetAddresses;

/** Reads and checks the addresses of sidecars. */
final class SidecarAddresses {
    private SidecarAddresses() {}

    static URI parse(String text) {
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

    static void validate(List<URI> urls) {
        if (urls.isEmpty()) {
            throw notAnAddress("none");
        }
        if (new HashSet<>(urls).size() < urls.size()) {
            throw notAnAddress("one address twice in " + urls);
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

    private static IllegalArgumentException notAnAddress(String found) {
        return new IllegalArgumentException(
                "setting [ingest.image_synset.sidecar.urls]: expected [http(s)://host:port], found "
                        + found);
    }
}
