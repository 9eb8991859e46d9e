package org.imagesynset.diagnostics;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.UUIDs;
import org.elasticsearch.core.CheckedFunction;
import org.elasticsearch.core.TimeValue;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageResult;
import org.imagesynset.analysis.ImageText;
import org.imagesynset.analysis.Priority;
import org.imagesynset.http.AnalyzeRequest;
import org.imagesynset.http.AnalyzeResponse;
import org.imagesynset.http.ModelDetails;
import org.imagesynset.http.SidecarAnswer;
import org.imagesynset.http.SidecarApi;
import org.imagesynset.http.SidecarFailure;
import org.imagesynset.http.SidecarFaults;
import org.imagesynset.ingest.DocumentCounts;
import org.imagesynset.queue.AnalysisQueue;
import org.imagesynset.queue.QueueStats;
import org.imagesynset.settings.ImageSynsetSettings;
import org.imagesynset.sidecar.SidecarClient;

/** What an operator may want to know of this node and its sidecars. */
public final class NodeMonitor {
    private static final AnalyzeOptions OPTIONS =
            new AnalyzeOptions(10, AnalyzeOptions.NO_THUMBNAIL);

    private final ImageSynsetSettings settings;
    private final SidecarApi api;
    private final SidecarClient client;
    private final List<AnalysisQueue> queues;
    private final DocumentCounts documents;
    private final Executor executor;

    public NodeMonitor(
            ImageSynsetSettings settings,
            SidecarApi api,
            SidecarClient client,
            List<AnalysisQueue> queues,
            DocumentCounts documents,
            Executor executor) {
        this.settings = settings;
        this.api = api;
        this.client = client;
        this.queues = queues;
        this.documents = documents;
        this.executor = executor;
    }

    public NodeStats stats() {
        return new NodeStats(
                queues.stream().map(AnalysisQueue::stats).reduce(QueueStats::plus).get(),
                client.counts().requests(),
                client.counts().batches(),
                documents.stats(),
                client.stats());
    }

    /**
     * Asks every sidecar of this node for its model and about an image, whatever its breaker says
     * and without a second try.
     *
     * @param listener called once, on the plugin's executor, with the sidecars in the order of the
     *     setting; never fails
     */
    public void test(ImageText image, ActionListener<List<SidecarTest>> listener) {
        List<URI> urls = settings.sidecarUrls();
        List<CompletableFuture<SidecarTest>> tests =
                urls.stream().map(url -> test(url, image)).toList();
        CompletableFuture.allOf(tests.toArray(CompletableFuture[]::new))
                .thenRunAsync(
                        () ->
                                listener.onResponse(
                                        tests.stream().map(CompletableFuture::join).toList()),
                        executor);
    }

    private CompletableFuture<SidecarTest> test(URI sidecar, ImageText image) {
        long begun = System.nanoTime();
        TimeValue timeout = settings.requestTimeout();
        String id = UUIDs.randomBase64UUID();
        SidecarFaults faults = new SidecarFaults(sidecar, settings.connectTimeout(), timeout, id);
        AnalyzeRequest request = new AnalyzeRequest(OPTIONS, List.of(image));
        CompletableFuture<ModelDetails> details =
                read(
                        api.get(sidecar, "/v1/model", ModelDetails.MAX_BYTES, timeout),
                        faults,
                        answer -> ModelDetails.read(answer.body()));
        CompletableFuture<Analysis> analysis =
                read(
                        api.analyze(sidecar, request, Priority.SEARCH, id, timeout),
                        faults,
                        answer -> onlyResult(AnalyzeResponse.read(answer.body(), request)));
        return details.thenCombine(
                        analysis,
                        (model, found) ->
                                new SidecarTest(
                                        sidecar.toString(),
                                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun),
                                        topSynset(found),
                                        model.model(),
                                        model.limits(),
                                        null))
                .exceptionally(failure -> failed(sidecar, begun, failure.getCause()));
    }

    private <T> CompletableFuture<T> read(
            CompletableFuture<SidecarAnswer> exchange,
            SidecarFaults faults,
            CheckedFunction<SidecarAnswer, T, Exception> reader) {
        return exchange.handleAsync(
                (answer, failure) -> {
                    try {
                        if (failure != null) {
                            throw faults.noAnswer(failure);
                        }
                        return faults.read(answer, reader);
                    } catch (SidecarFailure e) {
                        throw new CompletionException(e.error());
                    }
                },
                executor);
    }

    private static Analysis onlyResult(List<ImageResult> results) throws AnalysisException {
        return switch (results.getFirst()) {
            case Analysis analysis -> analysis;
            case AnalysisException error -> throw error;
        };
    }

    private static String topSynset(Analysis analysis) {
        return analysis.synsets().isEmpty() ? null : analysis.synsets().getFirst().name();
    }

    private static SidecarTest failed(URI sidecar, long begun, Throwable failure) {
        AnalysisException error =
                failure instanceof AnalysisException known
                        ? known
                        : AnalysisException.unavailable(String.valueOf(failure));
        return new SidecarTest(
                sidecar.toString(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun),
                null,
                null,
                Map.of(),
                new SidecarTest.Error(error.type(), error.getMessage()));
    }
}
