package org.imagesynset.http;

import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.security.cert.CertificateException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.core.CheckedFunction;
import org.elasticsearch.core.TimeValue;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.http.SidecarFailure.Kind;
import org.imagesynset.settings.ImageSynsetSettings;

/**
 * Puts into words what went wrong between this node and a sidecar, and says what follows.
 *
 * @param requestId what the sidecar's log calls the request
 */
public record SidecarFaults(
        URI sidecar, TimeValue connectTimeout, TimeValue requestTimeout, String requestId) {
    /** With these the sidecar, or a proxy before it, says that it can't work just now. */
    private static final Set<Integer> NOT_NOW = Set.of(429, 502, 503, 504);

    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int CONTENT_TOO_LARGE = 413;
    private static final int UNSUPPORTED_MEDIA_TYPE = 415;
    private static final int UNPROCESSABLE = 422;
    private static final int TOO_MANY_REQUESTS = 429;

    /** No request waits longer than this because a sidecar says so. */
    private static final int MAX_RETRY_AFTER_SECONDS = 30;

    /** An exchange that brought no answer. */
    public SidecarFailure noAnswer(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return switch (cause) {
            // The sidecar may still be at it: the same work again would make it slower yet.
            case CancellationException e ->
                    failure(
                            Kind.FINAL,
                            AnalysisException.timeout(
                                    reason(
                                            "a whole answer within [" + requestTimeout + "]",
                                            "none",
                                            ImageSynsetSettings.REQUEST_TIMEOUT,
                                            requestInLog())));
            case HttpConnectTimeoutException e ->
                    lost(
                            "a connection within [" + connectTimeout + "]",
                            "none",
                            ImageSynsetSettings.CONNECT_TIMEOUT);
            case ConnectException e ->
                    lost("a connection", "none", ImageSynsetSettings.SIDECAR_URLS);
            // Other faults of TLS are connections that broke.
            case SSLException e
                    when ExceptionsHelper.unwrap(e, CertificateException.class) != null ->
                    failure(
                            Kind.FINAL,
                            AnalysisException.unavailable(
                                    reason(
                                            "a certificate for this host by a known authority",
                                            "[" + e.getMessage() + "]",
                                            ImageSynsetSettings.CERTIFICATE_AUTHORITIES,
                                            "the sidecar's log")));
            case BoundedBody.TooLongException e ->
                    bad(
                            "at most [" + e.maxBytes() + "] bytes",
                            "more",
                            ImageSynsetSettings.BATCH_MAX_ITEMS);
            case ProtocolException e ->
                    bad("HTTP", "[" + e + "]", ImageSynsetSettings.SIDECAR_URLS);
            // Of a connection that broke nobody knows why; the analysis changes nothing, so it
            // may be asked for again.
            default -> lost("an answer", "[" + cause + "]", ImageSynsetSettings.SIDECAR_URLS);
        };
    }

    /** What an answer holds that is as it should be. */
    public <T> T read(
            SidecarAnswer answer, CheckedFunction<SidecarAnswer, T, ? extends Exception> reader)
            throws SidecarFailure {
        if (answer.status() != OK) {
            throw another(answer);
        }
        if (answer.contentType().startsWith("application/json") == false) {
            throw bad(
                    "[application/json]",
                    "[" + (answer.contentType().isEmpty() ? "none" : answer.contentType()) + "]",
                    ImageSynsetSettings.SIDECAR_URLS);
        }
        try {
            return reader.apply(answer);
        } catch (Exception e) {
            throw e instanceof AnalysisException error ? failure(Kind.REFUSED, error) : unusable(e);
        }
    }

    private SidecarFailure another(SidecarAnswer answer) {
        int status = answer.status();
        SidecarError error = SidecarError.ofBody(answer.body());
        String type = error == null ? "" : error.type();
        String found =
                "[" + status + "]" + (error == null ? "" : " " + type + ": " + error.reason());
        Kind kind = kind(status, type);
        if (status == UNAUTHORIZED) {
            return failure(
                    kind,
                    AnalysisException.unauthorized(
                            "sidecar ["
                                    + sidecar
                                    + "]: expected status [200], found "
                                    + found
                                    + "; set ["
                                    + ImageSynsetSettings.SIDECAR_TOKEN.getKey()
                                    + "] in this node's keystore, then call"
                                    + " [_nodes/reload_secure_settings]"));
        }
        String reason =
                reason(
                        "status [200]",
                        found,
                        kind == Kind.TOO_LARGE
                                ? ImageSynsetSettings.BATCH_MAX_BYTES
                                : ImageSynsetSettings.SIDECAR_URLS,
                        requestInLog());
        return new SidecarFailure(
                kind,
                NOT_NOW.contains(status)
                        ? AnalysisException.unavailable(reason)
                        : AnalysisException.badResponse(reason),
                retryAfter(answer.retryAfter()));
    }

    private static Kind kind(int status, String type) {
        if (status == TOO_MANY_REQUESTS || type.equals("busy")) {
            return Kind.BUSY;
        }
        // The time the sidecar was given is over, and so is the time for this request.
        if (type.equals("deadline_exceeded")) {
            return Kind.FINAL;
        }
        if (NOT_NOW.contains(status)) {
            return Kind.RETRYABLE;
        }
        if (status == CONTENT_TOO_LARGE || type.equals("too_many_images")) {
            return Kind.TOO_LARGE;
        }
        return switch (status) {
            case BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE, UNPROCESSABLE -> Kind.REFUSED;
            default -> Kind.FINAL;
        };
    }

    /** Seconds, as the sidecar sends them; proxies may send a date, which is not worth reading. */
    private static TimeValue retryAfter(String header) {
        try {
            int seconds = Integer.parseInt(header.trim());
            return TimeValue.timeValueSeconds(Math.clamp(seconds, 0, MAX_RETRY_AFTER_SECONDS));
        } catch (NumberFormatException e) {
            return TimeValue.ZERO;
        }
    }

    /** An answer whose content breaks the API's rules. */
    SidecarFailure unusable(Exception failure) {
        return failure(
                Kind.FINAL,
                AnalysisException.badResponse(
                        "sidecar ["
                                + sidecar
                                + "]: "
                                + failure.getMessage()
                                + "; change ["
                                + ImageSynsetSettings.SIDECAR_URLS.getKey()
                                + "] or update the sidecar"));
    }

    private SidecarFailure lost(String expected, String found, Setting<?> setting) {
        return failure(
                Kind.RETRYABLE,
                AnalysisException.unavailable(
                        reason(expected, found, setting, "the sidecar's log")));
    }

    private SidecarFailure bad(String expected, String found, Setting<?> setting) {
        return failure(
                Kind.FINAL,
                AnalysisException.badResponse(reason(expected, found, setting, requestInLog())));
    }

    private static SidecarFailure failure(Kind kind, AnalysisException error) {
        return new SidecarFailure(kind, error, TimeValue.ZERO);
    }

    private String requestInLog() {
        return "request [" + requestId + "] in the sidecar's log";
    }

    private String reason(String expected, String found, Setting<?> setting, String log) {
        return "sidecar ["
                + sidecar
                + "]: expected "
                + expected
                + ", found "
                + found
                + "; change ["
                + setting.getKey()
                + "] or see "
                + log;
    }
}
