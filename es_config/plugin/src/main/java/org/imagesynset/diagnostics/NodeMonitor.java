package org.imagesynset.diagnostics;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.UUIDs;
import org.elasticsearch.core.TimeValue;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageText;
import org.imagesynset.analysis.Priority;
import org.imagesynset.http.AnalyzeRequest;
import org.imagesynset.http.ModelDetails;
import org.imagesynset.http.SidecarApi;
import org.imagesynset.http.SidecarFailure;
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
    public void test(ImageText image, ActionListener<List<SidecarCheck>> listener) {
        List<URI> urls = settings.sidecarUrls();
        List<CompletableFuture<SidecarCheck>> tests =
                urls.stream().map(url -> test(url, image)).toList();
        CompletableFuture.allOf(tests.toArray(CompletableFuture[]::new))
                .thenRunAsync(
                        () ->
                                listener.onResponse(
                                        tests.stream().map(CompletableFuture::join).toList()),
                        executor);
    }

    /**
     * Asks every sidecar of this node for the vocabulary of its model.
     *
     * @param listener called once, on the plugin's executor, with an object for each sidecar in the
     *     order of the setting: its [url], and its [vocabulary] or an [error]; never fails
     */
    public void vocabularies(ActionListener<List<Map<String, Object>>> listener) {
        List<CompletableFuture<Map<String, Object>>> answers =
                settings.sidecarUrls().stream().map(this::vocabulary).toList();
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenRunAsync(
                        () ->
                                listener.onResponse(
                                        answers.stream().map(CompletableFuture::join).toList()),
                        executor);
    }

    private CompletableFuture<Map<String, Object>> vocabulary(URI sidecar) {
        return api.vocabulary(sidecar, settings.requestTimeout())
                .handle(
                        (vocabulary, failure) -> {
                            Map<String, Object> told = new LinkedHashMap<>();
                            told.put("url", sidecar.toString());
                            if (failure == null) {
                                told.put("vocabulary", vocabulary);
                            } else {
                                told.put("error", SidecarFailure.of(failure).error().getMessage());
                            }
                            return told;
                        });
    }

    private CompletableFuture<SidecarCheck> test(URI sidecar, ImageText image) {
        long begun = System.nanoTime();
        TimeValue timeout = settings.requestTimeout();
        AnalyzeRequest request = new AnalyzeRequest(OPTIONS, List.of(image));
        String id = UUIDs.randomBase64UUID();
        return api.model(sidecar, timeout)
                .thenCombine(
                        api.analyze(sidecar, request, Priority.SEARCH, id, timeout),
                        (details, results) ->
                                switch (results.getFirst()) {
                                    case Analysis analysis ->
                                            succeeded(sidecar, begun, details, analysis);
                                    case AnalysisException error -> failed(sidecar, begun, error);
                                })
                .exceptionally(
                        failure -> failed(sidecar, begun, SidecarFailure.of(failure).error()));
    }

    private static SidecarCheck succeeded(
            URI sidecar, long begun, ModelDetails details, Analysis analysis) {
        return new SidecarCheck(
                sidecar.toString(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun),
                analysis.synsets().isEmpty() ? null : analysis.synsets().getFirst().name(),
                details.model(),
                details.limits(),
                null);
    }

    private static SidecarCheck failed(URI sidecar, long begun, AnalysisException error) {
        return new SidecarCheck(
                sidecar.toString(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun),
                null,
                null,
                Map.of(),
                new SidecarCheck.Error(error.type(), error.getMessage()));
    }
}
