package org.imagesynset.http;

import org.elasticsearch.core.TimeValue;
import org.imagesynset.analysis.AnalysisException;

/** A request to one sidecar that brought no results. */
public final class SidecarFailure extends Exception {

    /** What follows for the request and for the sidecar. */
    public enum Kind {
        /** Another try may succeed, here or elsewhere; the sidecar is to blame. */
        RETRYABLE(true, true),
        /** The sidecar works, but has too much to do now. */
        BUSY(true, false),
        /** The sidecar is to blame, and the same again would cost it as much again. */
        FINAL(false, true),
        /** The sidecar works and won't take this request. */
        REFUSED(false, false),
        /** The sidecar works and takes fewer images, or fewer bytes, in one request. */
        TOO_LARGE(false, false);

        private final boolean retryable;
        private final boolean sidecarsFault;

        Kind(boolean retryable, boolean sidecarsFault) {
            this.retryable = retryable;
            this.sidecarsFault = sidecarsFault;
        }

        public boolean retryable() {
            return retryable;
        }

        /** Whether the sidecar's breaker counts it. */
        public boolean sidecarsFault() {
            return sidecarsFault;
        }
    }

    private final Kind kind;
    private final transient AnalysisException error;
    private final transient TimeValue retryAfter;

    SidecarFailure(Kind kind, AnalysisException error, TimeValue retryAfter) {
        super(error.getMessage(), null, false, false);
        this.kind = kind;
        this.error = error;
        this.retryAfter = retryAfter;
    }

    public Kind kind() {
        return kind;
    }

    /** What the documents are told. */
    public AnalysisException error() {
        return error;
    }

    /** How long the sidecar asked to be left alone, bounded; zero when it did not. */
    public TimeValue retryAfter() {
        return retryAfter;
    }
}
