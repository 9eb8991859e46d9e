package org.imagesynset.http;

import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.core.TimeValue;
import org.imagesynset.analysis.AnalysisException;

/** A request to one sidecar that brought no results. */
public final class SidecarFailure extends Exception {

    /** What follows for the request, for the sidecar, and for the images that it was about. */
    public enum Kind {
        /** Nobody was reached. Another try may succeed, here or elsewhere. */
        UNREACHABLE(true, true, false),
        /** The connection broke. Another try may succeed, unless an image ends the sidecar. */
        LOST(true, true, true),
        /** The sidecar works, but has too much to do now. */
        BUSY(true, false, false),
        /** No answer in time: the sidecar hangs, or one image takes it too long. */
        TIMEOUT(false, true, true),
        /** The sidecar failed, or its answer is of no use: always, or because of one image. */
        UNUSABLE(false, true, true),
        /** The sidecar answers everything like this until somebody changes something. */
        MISCONFIGURED(false, true, false),
        /** The sidecar works and won't take this request. */
        REFUSED(false, false, true),
        /** The sidecar works and takes fewer images, or fewer bytes, in one request. */
        TOO_LARGE(false, false, false);

        private final boolean retryable;
        private final boolean sidecarsFault;
        private final boolean maybeOneImages;

        Kind(boolean retryable, boolean sidecarsFault, boolean maybeOneImages) {
            this.retryable = retryable;
            this.sidecarsFault = sidecarsFault;
            this.maybeOneImages = maybeOneImages;
        }

        public boolean retryable() {
            return retryable;
        }

        /** Whether the sidecar's breaker counts it. */
        public boolean sidecarsFault() {
            return sidecarsFault;
        }

        /** Whether one image can have failed all that were sent together. */
        public boolean maybeOneImages() {
            return maybeOneImages;
        }
    }

    private final Kind kind;
    private final transient AnalysisException error;
    private final transient TimeValue retryAfter;
    private final boolean answered;

    SidecarFailure(Kind kind, AnalysisException error, TimeValue retryAfter, boolean answered) {
        super(error.getMessage(), null, false, false);
        this.kind = kind;
        this.error = error;
        this.retryAfter = retryAfter;
        this.answered = answered;
    }

    /** The failure of a future of {@link SidecarApi}. */
    public static SidecarFailure of(Throwable failure) {
        Throwable known = ExceptionsHelper.unwrap(failure, SidecarFailure.class);
        return known instanceof SidecarFailure sidecars
                ? sidecars
                : new SidecarFailure(
                        Kind.LOST,
                        AnalysisException.unavailable(String.valueOf(failure)),
                        TimeValue.ZERO,
                        false);
    }

    public Kind kind() {
        return kind;
    }

    /** What is written to the documents. */
    public AnalysisException error() {
        return error;
    }

    /** The sidecar's Retry-After, bounded; zero when it sent none. */
    public TimeValue retryAfter() {
        return retryAfter;
    }

    /** Whether somebody answered who didn't say that the server failed, as proxies do. */
    public boolean answered() {
        return answered;
    }
}
