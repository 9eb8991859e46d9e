package org.imagesynset;

import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.core.TimeValue;

/** Puts into words what went wrong between this node and a sidecar. */
record SidecarFaults(URI sidecar, TimeValue connectTimeout, TimeValue requestTimeout) {
    /** With these the sidecar, or a proxy before it, says that it can't work just now. */
    private static final Set<Integer> NOT_NOW = Set.of(429, 502, 503, 504);

    private static final int OK = 200;
    private static final int CONTENT_TOO_LARGE = 413;

    /** An exchange that brought no answer. */
    AnalysisException noAnswer(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return switch (cause) {
            case CancellationException e ->
                    AnalysisException.timeout(
                            reason(
                                    "a whole answer within [" + requestTimeout + "]",
                                    "none",
                                    ImageSynsetSettings.REQUEST_TIMEOUT));
            case HttpConnectTimeoutException e ->
                    AnalysisException.unavailable(
                            reason(
                                    "a connection within [" + connectTimeout + "]",
                                    "none",
                                    ImageSynsetSettings.CONNECT_TIMEOUT));
            case ConnectException e ->
                    AnalysisException.unavailable(
                            reason("a connection", "none", ImageSynsetSettings.SIDECAR_URLS));
            case BoundedBody.TooLongException e ->
                    AnalysisException.badResponse(
                            reason(
                                    "at most [" + e.maxBytes() + "] bytes",
                                    "more",
                                    ImageSynsetSettings.BATCH_MAX_ITEMS));
            case ProtocolException e ->
                    AnalysisException.badResponse(
                            reason("HTTP", "[" + e + "]", ImageSynsetSettings.SIDECAR_URLS));
            default ->
                    AnalysisException.unavailable(
                            reason(
                                    "an answer",
                                    "[" + cause + "]",
                                    ImageSynsetSettings.SIDECAR_URLS));
        };
    }

    /** Passes an answer that may hold results. */
    void check(HttpResponse<byte[]> response) throws AnalysisException {
        int status = response.statusCode();
        if (status != OK) {
            SidecarError error = SidecarError.ofBody(response.body());
            String found =
                    "["
                            + status
                            + "]"
                            + (error == null ? "" : " " + error.type() + ": " + error.reason());
            String reason =
                    reason(
                            "status [200]",
                            found,
                            status == CONTENT_TOO_LARGE
                                    ? ImageSynsetSettings.BATCH_MAX_BYTES
                                    : ImageSynsetSettings.SIDECAR_URLS);
            throw NOT_NOW.contains(status)
                    ? AnalysisException.unavailable(reason)
                    : AnalysisException.badResponse(reason);
        }
        String type = response.headers().firstValue("Content-Type").orElse("none");
        if (type.startsWith("application/json") == false) {
            throw AnalysisException.badResponse(
                    reason(
                            "[application/json]",
                            "[" + type + "]",
                            ImageSynsetSettings.SIDECAR_URLS));
        }
    }

    /** An answer whose content breaks the API's rules. */
    AnalysisException unusable(Exception failure) {
        return AnalysisException.badResponse(
                "sidecar ["
                        + sidecar
                        + "]: "
                        + failure.getMessage()
                        + "; change ["
                        + ImageSynsetSettings.SIDECAR_URLS.getKey()
                        + "] or update the sidecar");
    }

    private String reason(String expected, String found, Setting<?> setting) {
        return "sidecar ["
                + sidecar
                + "]: expected "
                + expected
                + ", found "
                + found
                + "; change ["
                + setting.getKey()
                + "] or see the sidecar's log";
    }
}
