package org.imagesynset;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.UUIDs;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.Scheduler;
import org.imagesynset.SidecarFailure.Kind;

/**
 * Has batches of images analyzed by whichever sidecar can.
 *
 * <p>The usable sidecar with the fewest requests under way is next. A request that failed in a way
 * that may pass goes to another one at once; when every usable one has failed it, it waits and
 * begins a new round. It keeps its place among the requests under way meanwhile: with all of them
 * failing, more requests would help nobody.
 */
final class SidecarClient implements Closeable {
    private static final Logger logger = LogManager.getLogger(SidecarClient.class);

    /** A sidecar that is ready says so at once. */
    private static final TimeValue PROBE_TIMEOUT = TimeValue.timeValueSeconds(5);

    private static final int MAX_PROBE_BYTES = 1 << 16;
    private static final int OK = 200;

    private final ImageSynsetSettings settings;
    private final SidecarApi api;
    private final Scheduler scheduler;
    private final Executor executor;
    private final LongSupplier nanoTime;
    private final Backoff backoff;
    private final List<Sidecar> sidecars;
    private final RequestCounts counts = new RequestCounts();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicBoolean failing = new AtomicBoolean();
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
    SidecarClient(
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
        this.sidecars =
                settings.sidecarUrls().stream().map(url -> new Sidecar(url, settings)).toList();
    }

    /**
     * Has images analyzed together. Returns before the answer is there.
     *
     * @param listener called exactly once, on the executor, with one result per image in the same
     *     order, or with an {@link AnalysisException} that holds for all of them
     */
    void analyze(
            Priority priority,
            AnalyzeOptions options,
            List<String> images,
            ActionListener<List<ImageResult>> listener) {
        counts.batch(images.size());
        Batch batch = new Batch(new AnalyzeRequest(options, images), priority, listener);
        executor.execute(() -> next(batch));
    }

    List<NodeStats.SidecarStats> stats() {
        return sidecars.stream().map(Sidecar::stats).toList();
    }

    RequestCounts counts() {
        return counts;
    }

    /** Sends the batch to a sidecar, or waits for one, or gives up. */
    private void next(Batch batch) {
        if (closed) {
            giveUp(batch, AnalysisException.nodeIsClosing());
            return;
        }
        sidecars.forEach(this::probeIfDue);
        List<Sidecar> usable = sidecars.stream().filter(Sidecar::isUsable).toList();
        Sidecar sidecar = choose(usable, batch);
        if (sidecar != null) {
            send(batch, sidecar);
        } else if (usable.isEmpty()) {
            awaitProbe(batch);
        } else if (batch.triedThisRound.isEmpty()) {
            sleep(batch, shortestRest(usable));
        } else if (batch.round < settings.retries()) {
            batch.round++;
            batch.triedThisRound.clear();
            TimeValue delay = backoff.delay(batch.round);
            TimeValue rest = shortestRest(usable);
            sleep(batch, delay.compareTo(rest) > 0 ? delay : rest);
        } else {
            giveUp(batch, batch.lastError);
        }
    }

    /** The one with the fewest requests under way, equal ones in turn; null when there is none. */
    private Sidecar choose(List<Sidecar> usable, Batch batch) {
        long now = nanoTime.getAsLong();
        List<Sidecar> able =
                new ArrayList<>(
                        usable.stream()
                                .filter(sidecar -> batch.triedThisRound.contains(sidecar) == false)
                                .filter(sidecar -> sidecar.restNanos(now) == 0)
                                .toList());
        Collections.rotate(able, turn.getAndIncrement());
        return able.stream().min(Comparator.comparingInt(Sidecar::inFlight)).orElse(null);
    }

    private TimeValue shortestRest(List<Sidecar> usable) {
        long now = nanoTime.getAsLong();
        return TimeValue.timeValueNanos(
                usable.stream().mapToLong(sidecar -> sidecar.restNanos(now)).min().orElse(0));
    }

    private void awaitProbe(Batch batch) {
        for (Sidecar sidecar : sidecars) {
            if (sidecar.probe().isDone() == false) {
                sidecar.probe().thenRun(() -> executor.execute(() -> next(batch)));
                return;
            }
        }
        giveUp(batch, batch.lastError == null ? breakersOpen() : batch.lastError);
    }

    private void probeIfDue(Sidecar sidecar) {
        if (sidecar.beginProbe(nanoTime.getAsLong()) == false) {
            return;
        }
        TimeValue timeout = settings.requestTimeout();
        api.get(
                        sidecar.url(),
                        "/health/ready",
                        MAX_PROBE_BYTES,
                        timeout.compareTo(PROBE_TIMEOUT) < 0 ? timeout : PROBE_TIMEOUT)
                .whenComplete(
                        (answer, failure) ->
                                sidecar.probed(
                                        failure == null && answer.status() == OK,
                                        nanoTime.getAsLong()));
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
        List<String> images = batch.request.images();
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

    private void half(Batch whole, List<String> images, List<ImageResult> results, Runnable then) {
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
        if (failing.compareAndSet(true, false)) {
            logger.info("images are analyzed again");
        }
        batch.listener.onResponse(results);
    }

    private void giveUp(Batch batch, AnalysisException error) {
        if (failing.compareAndSet(false, true)) {
            logger.warn("images can't be analyzed: {}", error.getMessage());
        }
        batch.listener.onFailure(error);
    }

    private AnalysisException breakersOpen() {
        StringBuilder reason = new StringBuilder();
        for (Sidecar sidecar : sidecars) {
            reason.append("the last of sidecar [")
                    .append(sidecar.url())
                    .append("]: ")
                    .append(sidecar.lastReason())
                    .append("; ");
        }
        return AnalysisException.breakerOpen(
                "expected a sidecar that works, found each left alone after ["
                        + settings.breakerFailures()
                        + "] failures in a row, until it is ready again, which is asked every ["
                        + settings.breakerOpenFor()
                        + "]; "
                        + reason
                        + "change ["
                        + ImageSynsetSettings.BREAKER_OPEN_FOR.getKey()
                        + "] or mend the sidecar");
    }

    /** Ends what is under way; its listeners get a failure. */
    @Override
    public void close() {
        closed = true;
        api.close();
        List.copyOf(sleeping).forEach(batch -> executor.execute(() -> wake(batch)));
    }
}
