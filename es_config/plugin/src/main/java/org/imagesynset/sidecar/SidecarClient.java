package org.imagesynset.sidecar;

import static org.elasticsearch.core.Strings.format;

import java.io.Closeable;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.Scheduler;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageResult;
import org.imagesynset.analysis.ImageText;
import org.imagesynset.analysis.Priority;
import org.imagesynset.http.AnalyzeRequest;
import org.imagesynset.http.SidecarApi;
import org.imagesynset.http.SidecarFailure;
import org.imagesynset.http.SidecarFailure.Kind;
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

    private static final String FAILED = "failed";

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
        analyze(priority, options, images, new CompletableFuture<>(), listener);
    }

    /**
     * The same for who may leave.
     *
     * @param abandoned completed when nobody waits for any of the images any more: the request is
     *     ended, and no other follows
     */
    public void analyze(
            Priority priority,
            AnalyzeOptions options,
            List<ImageText> images,
            CompletableFuture<Void> abandoned,
            ActionListener<List<ImageResult>> listener) {
        counts.batch(images.size());
        AnalyzeRequest request = new AnalyzeRequest(options, images);
        Batch batch = new Batch(request, priority, abandoned, listener, false);
        executor.execute(() -> next(batch));
    }

    /** Gives every sidecar a new chance at once, because the node's token is another. */
    public void onTokenChanged() {
        sidecars.reset();
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
        if (batch.abandoned.isDone()) {
            batch.listener.onFailure(AnalysisException.abandoned());
            return;
        }
        switch (sidecars.decide(batch.triedThisRound)) {
            case Decision.Send(Sidecar sidecar) -> send(batch, sidecar);
            case Decision.Wait(TimeValue delay) -> sleep(batch, delay);
            case Decision.EndRound(TimeValue delay) -> nextRound(batch, delay);
            case Decision.AwaitProbe(CompletableFuture<?> probe, AnalysisException reason) ->
                    awaitProbe(batch, probe, reason);
            case Decision.GiveUp(AnalysisException reason) -> giveUpUnsent(batch, reason);
        }
    }

    private void nextRound(Batch batch, TimeValue atLeast) {
        if (batch.round >= batch.rounds(settings.retries())) {
            failedForGood(batch);
            return;
        }
        batch.round++;
        batch.triedThisRound.clear();
        TimeValue delay = backoff.delay(batch.round);
        sleep(batch, delay.compareTo(atLeast) > 0 ? delay : atLeast);
    }

    /** Waits for whichever probe ends first, at most as often as there are sidecars. */
    private void awaitProbe(Batch batch, CompletableFuture<?> probe, AnalysisException reason) {
        if (batch.probesAwaited == sidecars.count()) {
            giveUpUnsent(batch, reason);
            return;
        }
        batch.probesAwaited++;
        CompletableFuture.anyOf(probe, batch.abandoned).thenRun(() -> nextOnExecutor(batch));
    }

    private void nextOnExecutor(Batch batch) {
        executor.execute(() -> next(batch));
    }

    private void sleep(Batch batch, TimeValue delay) {
        sleeping.add(batch);
        batch.abandoned.thenRunAsync(() -> wake(batch), executor);
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

    /** Once, whoever comes first: the timer, the end of the node, or that nobody waits any more. */
    private void wake(Batch batch) {
        if (sleeping.remove(batch)) {
            next(batch);
        }
    }

    private void send(Batch batch, Sidecar sidecar) {
        sidecar.started();
        counts.started(batch.sent);
        batch.sent = true;
        long started = nanoTime.getAsLong();
        CompletableFuture<List<ImageResult>> answer =
                api.analyze(
                        sidecar.url(),
                        batch.request,
                        batch.priority,
                        batch.id,
                        settings.requestTimeout());
        answer.whenCompleteAsync(
                (results, failure) -> {
                    if (failure == null) {
                        count(batch, sidecar, "succeeded", started);
                        succeeded(batch, sidecar, results);
                    } else if (batch.abandoned.isDone()) {
                        count(batch, sidecar, "was abandoned", started);
                        sidecar.abandoned();
                        next(batch);
                    } else {
                        count(batch, sidecar, FAILED, started);
                        failed(batch, sidecar, SidecarFailure.of(failure));
                    }
                },
                executor);
        batch.abandoned.thenRun(() -> answer.cancel(true));
    }

    private void count(Batch batch, Sidecar sidecar, String what, long started) {
        long took = nanoTime.getAsLong() - started;
        counts.ended(what.equals(FAILED) == false, took);
        logger.debug(
                "request [{}] of [{}] images to sidecar [{}] {} after [{}]",
                batch.id,
                batch.size(),
                sidecar.url(),
                what,
                TimeValue.timeValueNanos(took));
    }

    private void succeeded(Batch batch, Sidecar sidecar, List<ImageResult> results) {
        sidecar.succeeded(model(results));
        if (outage.ends()) {
            logger.info("images are analyzed again");
        }
        batch.listener.onResponse(results);
    }

    private static Analysis.Model model(List<ImageResult> results) {
        for (ImageResult result : results) {
            if (result instanceof Analysis analysis) {
                return analysis.model();
            }
        }
        return null;
    }

    private void failed(Batch batch, Sidecar sidecar, SidecarFailure failure) {
        sidecar.failed(failure, batch.isUndecided(failure), nanoTime.getAsLong());
        batch.lastFailure = failure;
        batch.lastSidecar = sidecar;
        if (failure.kind() == Kind.TOO_LARGE && batch.size() > 1) {
            // The sidecar, or a proxy before it, takes less at once than this node's settings say.
            Parts.halves(batch, this::nextOnExecutor, batch.listener::onResponse);
        } else if (failure.kind().retryable() && closed == false) {
            batch.triedThisRound.add(sidecar);
            next(batch);
        } else {
            failedForGood(batch);
        }
    }

    /** What may be one image's doing is sent once more image by image. */
    private void failedForGood(Batch batch) {
        SidecarFailure failure = batch.lastFailure;
        if (batch.size() > 1 && failure.kind().maybeOneImages() && closed == false) {
            Parts.singles(
                    batch, this::nextOnExecutor, results -> endIsolation(batch, failure, results));
        } else if (failure.error().fault() == AnalysisException.Fault.IMAGE) {
            batch.listener.onResponse(List.of(failure.error()));
        } else {
            giveUp(batch, failure.error());
        }
    }

    private void endIsolation(Batch batch, SidecarFailure failure, List<ImageResult> results) {
        long answered = results.stream().filter(SidecarClient::isAnswered).count();
        if (answered == 0) {
            if (batch.isUndecided(failure) && batch.abandoned.isDone() == false) {
                batch.lastSidecar.blamed(failure, nanoTime.getAsLong());
            }
            log(failure.error());
            batch.listener.onResponse(results);
            return;
        }
        batch.listener.onResponse(
                results.stream().map(result -> blamed(result, answered)).toList());
    }

    /** Whether the sidecar answered for this image: it was analyzed, or the image is at fault. */
    private static boolean isAnswered(ImageResult result) {
        return switch (result) {
            case Analysis analysis -> true;
            case AnalysisException error -> error.fault() == AnalysisException.Fault.IMAGE;
        };
    }

    private static ImageResult blamed(ImageResult result, long answered) {
        return result instanceof AnalysisException error && isAnswered(result) == false
                ? error.withMore(
                        format(
                                "; it was sent alone, and [%d] others of its batch succeeded",
                                answered))
                : result;
    }

    private void giveUpUnsent(Batch batch, AnalysisException reason) {
        giveUp(batch, batch.lastFailure == null ? reason : batch.lastFailure.error());
    }

    private void giveUp(Batch batch, AnalysisException error) {
        if (batch.isolated == false) {
            log(error);
        }
        batch.listener.onFailure(error);
    }

    private void log(AnalysisException error) {
        if (outage.begins(nanoTime.getAsLong())) {
            logger.warn("images can't be analyzed: {}", error.getMessage());
        }
    }

    /** Ends what is under way; its listeners get a failure. */
    @Override
    public void close() {
        closed = true;
        api.close();
        List.copyOf(sleeping).forEach(batch -> executor.execute(() -> wake(batch)));
    }
}
