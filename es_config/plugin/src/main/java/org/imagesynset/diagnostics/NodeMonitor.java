package org.imagesynset.diagnostics;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
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

/** What an operator may want to know of this node and its sidecars. */
public final class NodeMonitor {
    private static final AnalyzeOptions OPTIONS =
            new AnalyzeOptions(10, AnalyzeOptions.NO_THUMBNAIL);

    private final List<Monitored> groups;
    private final Executor executor;

    /**
     * @param groups the node's sidecars by name, first those without one
     */
    public NodeMonitor(List<Monitored> groups, Executor executor) {
        this.groups = groups;
        this.executor = executor;
    }

    /** With all sidecars together. */
    public NodeStats stats() {
        return statsByName().values().stream().reduce(NodeStats::plus).get();
    }

    /** By the name of the sidecars, first of those without one. */
    Map<String, NodeStats> statsByName() {
        Map<String, NodeStats> stats = new LinkedHashMap<>();
        groups.forEach(group -> stats.put(group.name(), group.stats()));
        return stats;
    }

    /**
     * Asks every sidecar of this node for its model and about an image, whatever its breaker says
     * and without a second try.
     *
     * @param listener called once, on the plugin's executor, with the sidecars in the order of the
     *     settings; never fails
     */
    public void test(ImageText image, ActionListener<List<SidecarCheck>> listener) {
        ofEach((group, url) -> test(group, url, image), listener);
    }

    /**
     * Asks every sidecar of this node for the vocabulary of its model.
     *
     * @param listener called once, on the plugin's executor, with an object for each sidecar in the
     *     order of the settings: its [name] if it has one, its [url], and its [vocabulary] or an
     *     [error]; never fails
     */
    public void vocabularies(ActionListener<List<Map<String, Object>>> listener) {
        ofEach(NodeMonitor::vocabulary, listener);
    }

    private <T> void ofEach(
            BiFunction<Monitored, URI, CompletableFuture<T>> question,
            ActionListener<List<T>> listener) {
        List<CompletableFuture<T>> answers =
                groups.stream()
                        .flatMap(
                                group ->
                                        group.settings().sidecarUrls().stream()
                                                .map(url -> question.apply(group, url)))
                        .toList();
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenRunAsync(
                        () ->
                                listener.onResponse(
                                        answers.stream().map(CompletableFuture::join).toList()),
                        executor);
    }

    private static CompletableFuture<Map<String, Object>> vocabulary(Monitored group, URI sidecar) {
        return group.api()
                .vocabulary(sidecar, group.settings().requestTimeout())
                .handle(
                        (vocabulary, failure) -> {
                            Map<String, Object> entry = new LinkedHashMap<>();
                            if (group.name().isEmpty() == false) {
                                entry.put("name", group.name());
                            }
                            entry.put("url", sidecar.toString());
                            if (failure == null) {
                                entry.put("vocabulary", vocabulary);
                            } else {
                                entry.put("error", SidecarFailure.of(failure).error().getMessage());
                            }
                            return entry;
                        });
    }

    private static CompletableFuture<SidecarCheck> test(
            Monitored group, URI sidecar, ImageText image) {
        long started = System.nanoTime();
        TimeValue timeout = group.settings().requestTimeout();
        SidecarApi api = group.api();
        AnalyzeRequest request = new AnalyzeRequest(OPTIONS, List.of(image));
        String id = UUIDs.randomBase64UUID();
        return api.model(sidecar, timeout)
                .thenCombine(
                        api.analyze(sidecar, request, Priority.SEARCH, id, timeout),
                        (details, results) ->
                                switch (results.getFirst()) {
                                    case Analysis analysis ->
                                            succeeded(group, sidecar, started, details, analysis);
                                    case AnalysisException error ->
                                            failed(group, sidecar, started, error);
                                })
                .exceptionally(
                        failure ->
                                failed(
                                        group,
                                        sidecar,
                                        started,
                                        SidecarFailure.of(failure).error()));
    }

    private static SidecarCheck succeeded(
            Monitored group, URI sidecar, long started, ModelDetails details, Analysis analysis) {
        return new SidecarCheck(
                group.name(),
                sidecar.toString(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started),
                analysis.synsets().isEmpty() ? null : analysis.synsets().getFirst().name(),
                details.model(),
                details.limits(),
                null);
    }

    private static SidecarCheck failed(
            Monitored group, URI sidecar, long started, AnalysisException error) {
        return new SidecarCheck(
                group.name(),
                sidecar.toString(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started),
                null,
                null,
                Map.of(),
                new SidecarCheck.Error(error.type(), error.getMessage()));
    }
}
