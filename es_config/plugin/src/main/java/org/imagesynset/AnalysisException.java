package org.imagesynset;

import org.elasticsearch.rest.RestStatus;

/**
 * Why an image was not analyzed. The message tells what was expected, what was found and which
 * setting to change; it never holds image data.
 */
final class AnalysisException extends Exception implements ImageResult {

    /** Whose fault it is, which decides what becomes of the document. */
    enum Fault {
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
        String documentStatus() {
            return documentStatus;
        }

        /** The status of the bulk item where the document is refused. */
        RestStatus restStatus() {
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

    static AnalysisException imageFault(String type, String reason) {
        return new AnalysisException(Fault.IMAGE, type, reason);
    }

    static AnalysisException unavailable(String reason) {
        return new AnalysisException(Fault.SIDECAR, "sidecar_unavailable", reason);
    }

    static AnalysisException unauthorized(String reason) {
        return new AnalysisException(Fault.SIDECAR, "sidecar_unauthorized", reason);
    }

    static AnalysisException breakerOpen(String reason) {
        return new AnalysisException(Fault.SIDECAR, "breaker_open", reason);
    }

    static AnalysisException timeout(String reason) {
        return new AnalysisException(Fault.SIDECAR, "sidecar_timeout", reason);
    }

    static AnalysisException badResponse(String reason) {
        return new AnalysisException(Fault.SIDECAR, "sidecar_bad_response", reason);
    }

    static AnalysisException queueFull(String reason) {
        return new AnalysisException(Fault.SIDECAR, "queue_full", reason);
    }

    static AnalysisException stalled(String reason) {
        return new AnalysisException(Fault.SIDECAR, "stalled", reason);
    }

    static AnalysisException nodeIsClosing() {
        return unavailable("expected a running node, found one shutting down");
    }

    Fault fault() {
        return fault;
    }

    /** The value of {@code image_analysis.error.type}. */
    String type() {
        return type;
    }
}
