package org.imagesynset.http;

import java.io.Closeable;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import org.elasticsearch.core.TimeValue;
import org.imagesynset.analysis.Priority;

/**
 * One request and its answer, whatever its status. A future that fails does so with what the JDK's
 * HTTP client failed with, or by cancellation when the time was over.
 */
interface Exchange extends Closeable {

    /** {@code POST /v1/analyze}. */
    CompletableFuture<SidecarAnswer> analyze(
            URI sidecar,
            AnalyzeRequest request,
            Priority priority,
            String requestId,
            TimeValue timeout);

    /** {@code GET} of a path, with an answer of at most so many bytes. */
    CompletableFuture<SidecarAnswer> get(URI sidecar, String path, int maxBytes, TimeValue timeout);

    /**
     * The dependent future, which by itself would not cancel what it depends on.
     *
     * @return {@code dependent}, whose cancellation cancels {@code source} too
     */
    static <T> CompletableFuture<T> canceling(
            CompletableFuture<T> dependent, CompletableFuture<?> source) {
        dependent.whenComplete(
                (value, failure) -> {
                    if (dependent.isCancelled()) {
                        source.cancel(true);
                    }
                });
        return dependent;
    }

    /** Ends what is under way. */
    @Override
    void close();
}
