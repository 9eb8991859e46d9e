package org.imagesynset.http;

import static org.elasticsearch.core.Strings.format;

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
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.rest.RestStatus;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.http.SidecarFailure.Kind;
import org.imagesynset.settings.ImageSynsetSettings;

/**
 * Puts into words what went wrong between this node and a sidecar, and says what follows.
 *
 * @param requestId what the sidecar's log calls the request
 */
record FailureClassifier(
        URI sidecar, ImageSynsetSettings settings, TimeValue requestTimeout, String requestId) {
    /** With these the sidecar, or a proxy before it, says that it can't work just now. */
    private static final Set<RestStatus> NOT_NOW =
            Set.of(
                    RestStatus.TOO_MANY_REQUESTS,
                    RestStatus.BAD_GATEWAY,
                    RestStatus.SERVICE_UNAVAILABLE,
                    RestStatus.GATEWAY_TIMEOUT);

    /** No request waits longer than this because a sidecar says so. */
    private static final int MAX_RETRY_AFTER_SECONDS = 30;

    /** Of an exchange that brought no answer. */
    SidecarFailure noAnswer(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return switch (cause) {
            // The sidecar may still be at it: the same work again would make it slower yet.
            case CancellationException e ->
                    failure(
                            Kind.TIMEOUT,
                            AnalysisException.timeout(
                                    reason(
                                            "a complete answer within [" + requestTimeout + "]",
                                            "none",
                                            ImageSynsetSettings.REQUEST_TIMEOUT,
                                            requestInLog())));
            case HttpConnectTimeoutException e ->
                    unavailable(
                            Kind.UNREACHABLE,
                            "a connection within [" + settings.connectTimeout() + "]",
                            "none",
                            ImageSynsetSettings.CONNECT_TIMEOUT);
            case ConnectException e ->
                    unavailable(Kind.UNREACHABLE, "a connection", "none", settings.urls());
            // Other faults of TLS are connections that broke.
            case SSLException e
                    when ExceptionsHelper.unwrap(e, CertificateException.class) != null ->
                    unavailable(
                            Kind.MISCONFIGURED,
                            "a certificate for this host by a known authority",
                            "[" + e.getMessage() + "]",
                            ImageSynsetSettings.CERTIFICATE_AUTHORITIES);
            case BoundedBody.TooLongException e ->
                    bad(
                            Kind.UNUSABLE,
                            "at most [" + e.maxBytes() + "] bytes",
                            "more",
                            ImageSynsetSettings.BATCH_MAX_ITEMS);
            case ProtocolException e ->
                    bad(Kind.MISCONFIGURED, "HTTP", "[" + e + "]", settings.urls());
            // Of a connection that broke nobody knows why; the analysis changes nothing, so it
            // may be asked for again.
            default -> unavailable(Kind.LOST, "an answer", "[" + cause + "]", settings.urls());
        };
    }

    /** Of an answer with another status or type than the API's, or null. */
    SidecarFailure ofAnswer(SidecarAnswer answer) {
        if (answer.status() != RestStatus.OK.getStatus()) {
            return ofStatus(answer);
        }
        if (answer.contentType().startsWith("application/json") == false) {
            return answered(
                    bad(
                            Kind.MISCONFIGURED,
                            "[application/json]",
                            "["
                                    + (answer.contentType().isEmpty()
                                            ? "none"
                                            : answer.contentType())
                                    + "]",
                            settings.urls()));
        }
        return null;
    }

    private SidecarFailure ofStatus(SidecarAnswer answer) {
        // Null for numbers that are not an HTTP status.
        RestStatus status = RestStatus.fromCode(answer.status());
        SidecarError error = SidecarError.ofBody(answer.body());
        String type = error == null ? "" : error.type();
        String found =
                error == null
                        ? format("[%d]", answer.status())
                        : format("[%d] %s: %s", answer.status(), type, error.reason());
        Kind kind = kind(status, answer.status(), type);
        if (status == RestStatus.UNAUTHORIZED) {
            return new SidecarFailure(
                    kind,
                    AnalysisException.unauthorized(
                            format(
                                    "sidecar [%s]: expected status [200], found %s; set [%s] in this node's keystore, then call [_nodes/reload_secure_settings]",
                                    sidecar, found, settings.token().getKey())),
                    TimeValue.ZERO,
                    true);
        }
        if (status == RestStatus.REQUEST_ENTITY_TOO_LARGE) {
            return new SidecarFailure(kind, tooLarge(found), TimeValue.ZERO, true);
        }
        String reason =
                reason(
                        "status [200]",
                        found,
                        kind == Kind.TOO_LARGE
                                ? ImageSynsetSettings.BATCH_MAX_BYTES
                                : settings.urls(),
                        requestInLog());
        return new SidecarFailure(
                kind,
                NOT_NOW.contains(status)
                        ? AnalysisException.unavailable(reason)
                        : AnalysisException.badResponse(reason),
                retryAfter(answer.retryAfter()),
                answer.status() < RestStatus.INTERNAL_SERVER_ERROR.getStatus());
    }

    /** Of an image that is alone in its request: no later try has a smaller one. */
    private AnalysisException tooLarge(String found) {
        return AnalysisException.imageFault(
                "image_too_large",
                format(
                        "sidecar [%s]: expected status [200], found %s for this image alone; raise the limit of the proxy before the sidecar or SIDECAR_MAX_REQUEST_BYTES, or send a smaller image",
                        sidecar, found));
    }

    private static Kind kind(RestStatus status, int code, String type) {
        if (status == RestStatus.TOO_MANY_REQUESTS || type.equals("busy")) {
            return Kind.BUSY;
        }
        // The time the sidecar was given is over, and so is the time for this request.
        if (type.equals("deadline_exceeded")) {
            return Kind.TIMEOUT;
        }
        if (status == RestStatus.REQUEST_ENTITY_TOO_LARGE || type.equals("too_many_images")) {
            return Kind.TOO_LARGE;
        }
        return switch (status) {
            case SERVICE_UNAVAILABLE -> Kind.UNREACHABLE;
            // What a proxy says when the sidecar ended amid the request.
            case BAD_GATEWAY, GATEWAY_TIMEOUT -> Kind.LOST;
            case BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE, UNPROCESSABLE_ENTITY -> Kind.REFUSED;
            case null, default -> code >= 500 ? Kind.UNUSABLE : Kind.MISCONFIGURED;
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

    /** Of an answer whose content breaks the API's rules. */
    SidecarFailure unusable(Exception failure) {
        return new SidecarFailure(
                Kind.UNUSABLE,
                AnalysisException.badResponse(
                        format(
                                "sidecar [%s]: %s; change [%s] or update the sidecar",
                                sidecar, failure.getMessage(), settings.urls().getKey())),
                TimeValue.ZERO,
                true);
    }

    private SidecarFailure unavailable(
            Kind kind, String expected, String found, Setting<?> setting) {
        return failure(
                kind,
                AnalysisException.unavailable(
                        reason(expected, found, setting, "the sidecar's log")));
    }

    private SidecarFailure bad(Kind kind, String expected, String found, Setting<?> setting) {
        return failure(
                kind,
                AnalysisException.badResponse(reason(expected, found, setting, requestInLog())));
    }

    /** Of an answer with a status below 500. */
    private static SidecarFailure answered(SidecarFailure failure) {
        return new SidecarFailure(failure.kind(), failure.error(), failure.retryAfter(), true);
    }

    private static SidecarFailure failure(Kind kind, AnalysisException error) {
        return new SidecarFailure(kind, error, TimeValue.ZERO, false);
    }

    private String requestInLog() {
        return format("request [%s] in the sidecar's log", requestId);
    }

    private String reason(String expected, String found, Setting<?> setting, String log) {
        return format(
                "sidecar [%s]: expected %s, found %s; change [%s] or see %s",
                sidecar, expected, found, setting.getKey(), log);
    }
}
