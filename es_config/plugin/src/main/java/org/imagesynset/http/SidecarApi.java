package org.imagesynset.http;

import java.io.Closeable;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.elasticsearch.core.TimeValue;
import org.imagesynset.analysis.ImageResult;
import org.imagesynset.analysis.Priority;

/**
 * What a sidecar can be asked, each by one request. Futures end on the plugin's executor; one that
 * fails does so with a {@link SidecarFailure}, see {@link SidecarFailure#of}. Canceling a future
 * ends its request.
 */
public interface SidecarApi extends Closeable {

    /**
     * Has images analyzed.
     *
     * @param requestId what the sidecar's log will call the request
     * @return one result per image, in the same order
     */
    CompletableFuture<List<ImageResult>> analyze(
            URI sidecar,
            AnalyzeRequest request,
            Priority priority,
            String requestId,
            TimeValue timeout);

    /** Asks which model it has, and its limits. */
    CompletableFuture<ModelDetails> model(URI sidecar, TimeValue timeout);

    /** Asks for the vocabulary of its model, as JSON. */
    CompletableFuture<Map<String, Object>> vocabulary(URI sidecar, TimeValue timeout);

    /** Asks whether it can analyze images now. */
    CompletableFuture<Void> ready(URI sidecar, TimeValue timeout);

    /** Ends what is under way. */
    @Override
    void close();
}
