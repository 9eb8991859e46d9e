package org.imagesynset.sidecar;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.UUIDs;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.Scheduler;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageResult;
import org.imagesynset.analysis.ImageText;
import org.imagesynset.analysis.Priority;
import org.imagesynset.http.AnalyzeRequest;
import org.imagesynset.http.AnalyzeResponse;
import org.imagesynset.http.SidecarAnswer;
import org.imagesynset.http.SidecarApi;
import org.imagesynset.http.SidecarFailure;
import org.imagesynset.http.SidecarFailure.Kind;
import org.imagesynset.http.SidecarFaults;
import org.imagesynset.settings.ImageSynsetSettings;

/**
 * Has batches of images analyzed by whichever sidecar can.
 *
 * <p>The usable sidecar with the fewest requests under way is next. A request that failed in a way
 * that may pass goes to another one at once; when every usable one has failed it, it waits and
 * begins a new round. It keeps its place among the requests under way meanwhile: with all of them
 * failing, more requests would help nobody.
 */
public final class SidecarClient implements Closeable {
    private static final Logger logger = LogManager.getLogger(SidecarClient.class);

    private final ImageSynsetSettings settings;
    private final SidecarApi api;
    private final Scheduler scheduler;
    private final Executor executor;
    private final LongSupplier nanoTime;
    private final Backoff backoff;
    private final Sidecars sidecars;
    private final RequestCounts counts = new RequestCounts();
    private final Outage outage = new Outage();
    private final Set<Batch> sleeping = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Images on their way; used by one thread at a time. */
    private static final class Batch {
        final AnalyzeRequest request;
        final Priority priority;
        final ActionListener<List<ImageResult>> listener;
        final String id = UUIDs.randomBase64UUID();
        final Set<Sidecar> triedThisRound = new HashSet<>();
        int round;
        int probesAwaited;
        boolean sent;
        AnalysisException lastError;

        Batch(
                AnalyzeRequest request,
                Priority priority,
                ActionListener<List<ImageResult>> listener) {
            this.request = request;
            this.priority = priority;
            this.listener = listener;
        }
    }

    /**
     * @param nanoTime a clock in nanoseconds, of which only differences count
     */
    public SidecarClient(
            ImageSynsetSettings settings,
            SidecarApi api,
            Scheduler scheduler,
            Executor executor,
            LongSupplier nanoTime,
            Backoff backoff) {
        this.settings = settings;
        this.api = api;
        this.scheduler = scheduler;
        this.executor = executor;
        this.nanoTime = nanoTime;
        this.backoff = backoff;
        this.sidecars = new Sidecars(settings, api, nanoTime);
    }

    /**
     * Has images analyzed together. Returns before the answer is there.
     *
     * @param listener called exactly once, on the executor, with one result per image in the same
     *     order, or with an {@link AnalysisException} that holds for all of them
     */
    public void analyze(
            Priority priority,
            AnalyzeOptions options,
            List<ImageText> images,
            ActionListener<List<ImageResult>> listener) {
        counts.batch(images.size());
        Batch batch = new Batch(new AnalyzeRequest(options, images), priority, listener);
        executor.execute(() -> next(batch));
    }

    /** Gives every sidecar a new chance at once, because the node's token is another. */
    public void reloaded() {
        sidecars.forgive();
    }

    public List<SidecarStats> stats() {
        return sidecars.stats();
    }

    public RequestCounts counts() {
        return counts;
    }

    /** Sends the batch to a sidecar, or waits for one, or gives up. */
    private void next(Batch batch) {
        if (closed) {
            giveUp(batch, AnalysisException.nodeIsClosing());
            return;
        }
        List<Sidecar> usable = sidecars.usable();
        Optional<Sidecar> sidecar = sidecars.next(usable, batch.triedThisRound);
        if (sidecar.isPresent()) {
            send(batch, sidecar.get());
        } else if (usable.isEmpty()) {
            awaitProbe(batch);
        } else if (batch.triedThisRound.isEmpty()) {
            sleep(batch, sidecars.rest(usable));
        } else if (batch.round < settings.retries()) {
            batch.round++;
            batch.triedThisRound.clear();
            TimeValue delay = backoff.delay(batch.round);
            TimeValue rest = sidecars.rest(usable);
            sleep(batch, delay.compareTo(rest) > 0 ? delay : rest);
        } else {
            giveUp(batch, batch.lastError);
        }
    }

    /** Waits for whichever probe ends first, at most as often as there are sidecars. */
    private void awaitProbe(Batch batch) {
        Optional<CompletableFuture<?>> probe = sidecars.probe();
        if (probe.isPresent() && batch.probesAwaited < sidecars.count()) {
            batch.probesAwaited++;
            probe.get().thenRun(() -> executor.execute(() -> next(batch)));
        } else {
            giveUp(batch, batch.lastError == null ? sidecars.noneUsable() : batch.lastError);
        }
    }

    private void sleep(Batch batch, TimeValue delay) {
        sleeping.add(batch);
        try {
            scheduler.schedule(() -> wake(batch), delay, executor);
        } catch (RuntimeException e) {
            // Refused, because the node is closing.
            wake(batch);
            return;
        }
        if (closed) {
            wake(batch);
        }
    }

    /** Once, whoever comes first: the timer, or the end of the node. */
    private void wake(Batch batch) {
        if (sleeping.remove(batch)) {
            next(batch);
        }
    }

    private void send(Batch batch, Sidecar sidecar) {
        sidecar.begun();
        counts.begun(batch.sent);
        batch.sent = true;
        long begun = nanoTime.getAsLong();
        TimeValue timeout = settings.requestTimeout();
        SidecarFaults faults =
                new SidecarFaults(sidecar.url(), settings.connectTimeout(), timeout, batch.id);
        api.analyze(sidecar.url(), batch.request, batch.priority, batch.id, timeout)
                .whenComplete(
                        (answer, failure) ->
                                executor.execute(
                                        () -> {
                                            Attempt attempt = new Attempt(batch, sidecar, begun);
                                            attempt.ended(answer, failure, faults);
                                        }));
    }

    /** One request of a batch to one sidecar. */
    private final class Attempt {
        private final Batch batch;
        private final Sidecar sidecar;
        private final long begun;

        Attempt(Batch batch, Sidecar sidecar, long begun) {
            this.batch = batch;
            this.sidecar = sidecar;
            this.begun = begun;
        }

        void ended(SidecarAnswer answer, Throwable failure, SidecarFaults faults) {
            List<ImageResult> results;
            try {
                if (failure != null) {
                    throw faults.noAnswer(failure);
                }
                results = faults.read(answer, ok -> AnalyzeResponse.read(ok.body(), batch.request));
            } catch (SidecarFailure e) {
                failed(e);
                return;
            }
            count(true);
            sidecar.succeeded(model(results));
            answered(batch, results);
        }

        private void failed(SidecarFailure failure) {
            count(false);
            sidecar.failed(failure, nanoTime.getAsLong());
            batch.lastError = failure.error();
            if (failure.kind() == Kind.TOO_LARGE && batch.request.images().size() > 1) {
                split(batch);
            } else if (failure.kind().retryable() && closed == false) {
                batch.triedThisRound.add(sidecar);
                next(batch);
            } else {
                giveUp(batch, failure.error());
            }
        }

        private void count(boolean success) {
            long took = nanoTime.getAsLong() - begun;
            counts.ended(success, took);
            logger.debug(
                    "request [{}] of [{}] images to sidecar [{}] {} after [{}]",
                    batch.id,
                    batch.request.images().size(),
                    sidecar.url(),
                    success ? "succeeded" : "failed",
                    TimeValue.timeValueNanos(took));
        }
    }

    private static Analysis.Model model(List<ImageResult> results) {
        for (ImageResult result : results) {
            if (result instanceof Analysis analysis) {
                return analysis.model();
            }
        }
        return null;
    }

    /**
     * Sends the halves one after the other: the sidecar, or a proxy before it, takes less at once
     * than this node's settings say.
     */
    private void split(Batch batch) {
        List<ImageText> images = batch.request.images();
        List<ImageResult> results = new ArrayList<>();
        half(
                batch,
                images.subList(0, images.size() / 2),
                results,
                () ->
                        half(
                                batch,
                                images.subList(images.size() / 2, images.size()),
                                results,
                                () -> answered(batch, results)));
    }

    private void half(
            Batch whole, List<ImageText> images, List<ImageResult> results, Runnable then) {
        next(
                new Batch(
                        new AnalyzeRequest(whole.request.options(), images),
                        whole.priority,
                        new ActionListener<>() {
                            @Override
                            public void onResponse(List<ImageResult> half) {
                                results.addAll(half);
                                then.run();
                            }

                            @Override
                            public void onFailure(Exception e) {
                                // Its own, so that the other half keeps its results.
                                AnalysisException error = (AnalysisException) e;
                                results.addAll(Collections.nCopies(images.size(), error));
                                then.run();
                            }
                        }));
    }

    private void answered(Batch batch, List<ImageResult> results) {
        if (outage.ends()) {
            logger.info("images are analyzed again");
        }
        batch.listener.onResponse(results);
    }

    private void giveUp(Batch batch, AnalysisException error) {
        if (outage.begins(nanoTime.getAsLong())) {
            logger.warn("images can't be analyzed: {}", error.getMessage());
        }
        batch.listener.onFailure(error);
    }

    /** Ends what is under way; its listeners get a failure. */
    @Override
    public void close() {
        closed = true;
        api.close();
        List.copyOf(sleeping).forEach(batch -> executor.execute(() -> wake(batch)));
    }
}
