package org.imagesynset.analysis;

import org.elasticsearch.rest.RestStatus;

/**
 * Why an image was not analyzed. The message says what was expected, what was found and which
 * setting to change; it never holds image data.
 */
public final class AnalysisException extends Exception implements ImageResult {

    /** Whose fault it is, which decides what becomes of the document. */
    public enum Fault {
        /** The image can never be analyzed as it is. */
        IMAGE("failed", RestStatus.BAD_REQUEST),
        /**
         * The same image may succeed later. Never 429: on 429 {@code _reindex} and {@code
         * _update_by_query} retry without the pipeline and store the document unprocessed.
         */
        SIDECAR("pending", RestStatus.SERVICE_UNAVAILABLE);

        private final String documentStatus;
        private final RestStatus restStatus;

        Fault(String documentStatus, RestStatus restStatus) {
            this.documentStatus = documentStatus;
            this.restStatus = restStatus;
        }

        /** The value of {@code image_analysis.status}. */
        public String documentStatus() {
            return documentStatus;
        }

        /** The status of the bulk item where the document is refused. */
        public RestStatus restStatus() {
            return restStatus;
        }
    }

    private final transient Fault fault;
    private final String type;

    private AnalysisException(Fault fault, String type, String reason) {
        // One is made per document and its place in the code says nothing, so no stack trace.
        super(reason, null, false, false);
        this.fault = fault;
        this.type = type;
    }

    public static AnalysisException imageFault(String type, String reason) {
        return new AnalysisException(Fault.IMAGE, type, reason);
    }

    public static AnalysisException unavailable(String reason) {
        return new AnalysisException(Fault.SIDECAR, "sidecar_unavailable", reason);
    }

    public static AnalysisException unauthorized(String reason) {
        return new AnalysisException(Fault.SIDECAR, "sidecar_unauthorized", reason);
    }

    public static AnalysisException breakerOpen(String reason) {
        return new AnalysisException(Fault.SIDECAR, "breaker_open", reason);
    }

    public static AnalysisException timeout(String reason) {
        return new AnalysisException(Fault.SIDECAR, "sidecar_timeout", reason);
    }

    public static AnalysisException badResponse(String reason) {
        return new AnalysisException(Fault.SIDECAR, "sidecar_bad_response", reason);
    }

    public static AnalysisException queueFull(String reason) {
        return new AnalysisException(Fault.SIDECAR, "queue_full", reason);
    }

    public static AnalysisException stalled(String reason) {
        return new AnalysisException(Fault.SIDECAR, "stalled", reason);
    }

    public static AnalysisException otherVocabulary(String reason) {
        return new AnalysisException(Fault.SIDECAR, "other_vocabulary", reason);
    }

    public static AnalysisException nodeIsClosing() {
        return unavailable("expected a running node, found one shutting down");
    }

    /** For an image that nobody waits for any more, so that nobody reads it. */
    public static AnalysisException abandoned() {
        return unavailable(
                "expected a search that waits for the analysis, found that all were canceled");
    }

    /** The same, its reason followed by more. */
    public AnalysisException withMore(String more) {
        return new AnalysisException(fault, type, getMessage() + more);
    }

    public Fault fault() {
        return fault;
    }

    /** The value of {@code image_analysis.error.type}. */
    public String type() {
        return type;
    }
}
