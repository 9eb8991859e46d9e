package org.imagesynset.queue;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.Scheduler;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageResult;
import org.imagesynset.analysis.ImageText;
import org.imagesynset.analysis.Priority;
import org.imagesynset.queue.WaitingImages.Item;
import org.imagesynset.settings.ImageSynsetSettings;
import org.imagesynset.sidecar.SidecarClient;

/**
 * The node's line of images before the sidecars; searches have one of their own, so that they never
 * wait behind a bulk.
 *
 * <p>It is drained whenever a request slot is free, without a timer: a lone image leaves at once,
 * and under load batches form by themselves. It is bounded by bytes, because those are what fills
 * the heap, and given up on lack of progress, because all documents of a bulk wait here together:
 * by a count or by age a long healthy bulk would fail.
 */
public final class AnalysisQueue implements Closeable {
    private static final Logger logger = LogManager.getLogger(AnalysisQueue.class);

    private static final int SEARCH_SHARE = 8;

    private final ImageSynsetSettings settings;
    private final SidecarClient client;
    private final Priority priority;
    private final Scheduler scheduler;
    private final ThreadContext threadContext;
    private final Executor executor;
    private final LongSupplier nanoTime;

    // All guarded by this.
    private final WaitingImages waiting = new WaitingImages();
    private long heldImages;
    private long heldBytes;
    private long rejected;
    private long stalled;
    private int inFlight;
    private boolean drainScheduled;
    private boolean watched;
    private long lastProgressNanos;
    private boolean closed;

    public AnalysisQueue(
            ImageSynsetSettings settings,
            SidecarClient client,
            Priority priority,
            Scheduler scheduler,
            ThreadContext threadContext,
            Executor executor,
            LongSupplier nanoTime) {
        this.settings = settings;
        this.client = client;
        this.priority = priority;
        this.scheduler = scheduler;
        this.threadContext = threadContext;
        this.executor = executor;
        this.nanoTime = nanoTime;
    }

    public synchronized QueueStats stats() {
        return new QueueStats(heldImages, heldBytes, maxBytes().getBytes(), rejected, stalled);
    }

    /** How much image text it holds: searches have a small share of their own. */
    private ByteSizeValue maxBytes() {
        ByteSizeValue max = settings.queueMaxBytes();
        return switch (priority) {
            case INGEST -> max;
            case SEARCH -> ByteSizeValue.ofBytes(max.getBytes() / SEARCH_SHARE);
        };
    }

    /**
     * Has an image analyzed. Never blocks.
     *
     * @param listener called exactly once, on the plugin's executor and in the caller's thread
     *     context; its failure is an {@link AnalysisException}
     */
    public void submit(ImageText image, AnalyzeOptions options, ActionListener<Analysis> listener) {
        submit(image, options, new CompletableFuture<>(), listener);
    }

    /**
     * The same for who may leave.
     *
     * @param abandoned completed by the caller when nobody waits for the analysis any more: the
     *     image gives up its place, and a request that has no other image is ended
     */
    public void submit(
            ImageText image,
            AnalyzeOptions options,
            CompletableFuture<Void> abandoned,
            ActionListener<Analysis> listener) {
        ActionListener<Analysis> answered =
                ContextPreservingActionListener.wrapPreservingContext(listener, threadContext);
        Item item = new Item(image, options, abandoned, answered);
        AnalysisException refusal = add(item);
        if (refusal == null) {
            startDrain();
            abandoned.thenRunAsync(() -> leave(item), executor);
        } else {
            executor.execute(() -> fail(answered, refusal));
        }
    }

    /** The same of any text: what can't be an image gets its failure and is never held. */
    public void submit(String image, AnalyzeOptions options, ActionListener<Analysis> listener) {
        ImageText text;
        try {
            text = ImageText.of(image);
        } catch (AnalysisException e) {
            ActionListener<Analysis> answered =
                    ContextPreservingActionListener.wrapPreservingContext(listener, threadContext);
            executor.execute(() -> fail(answered, e));
            return;
        }
        submit(text, options, listener);
    }

    private void leave(Item item) {
        synchronized (this) {
            if (waiting.remove(item) == false) {
                return; // answered, or under way, which ends with its batch
            }
            release(List.of(item));
        }
        fail(item.listener(), AnalysisException.abandoned());
    }

    private synchronized AnalysisException add(Item item) {
        if (closed) {
            return AnalysisException.nodeIsClosing();
        }
        ByteSizeValue maxBytes = maxBytes();
        // A lone image is let in however large it is: waiting would change nothing for it.
        if (heldImages > 0 && heldBytes + item.bytes() > maxBytes.getBytes()) {
            rejected++;
            return AnalysisException.queueFull(
                    "image queue: expected at most ["
                            + maxBytes
                            + "] held, found ["
                            + ByteSizeValue.ofBytes(heldBytes)
                            + "] and this image's ["
                            + ByteSizeValue.ofBytes(item.bytes())
                            + "]; change ["
                            + ImageSynsetSettings.QUEUE_MAX_BYTES.getKey()
                            + "]");
        }
        if (waiting.isEmpty()) {
            lastProgressNanos = nanoTime.getAsLong();
        }
        waiting.add(item);
        heldImages++;
        heldBytes += item.bytes();
        watch();
        return null;
    }

    /** Requests are built on the executor: copying megabytes must not block a write thread. */
    private void startDrain() {
        synchronized (this) {
            if (drainScheduled || inFlight >= settings.inFlight() || waiting.isEmpty()) {
                return;
            }
            drainScheduled = true;
        }
        executor.execute(this::drain);
    }

    private void drain() {
        synchronized (this) {
            drainScheduled = false;
        }
        while (true) {
            List<Item> batch;
            synchronized (this) {
                if (inFlight >= settings.inFlight() || waiting.isEmpty()) {
                    return;
                }
                batch = waiting.nextBatch(settings.batchMaxItems(), settings.batchMaxBytes());
                inFlight++;
            }
            client.analyze(
                    priority,
                    batch.getFirst().options(),
                    batch.stream().map(Item::image).toList(),
                    abandoned(batch),
                    new ActionListener<>() {
                        @Override
                        public void onResponse(List<ImageResult> results) {
                            batchFinished(batch, true);
                            for (int i = 0; i < batch.size(); i++) {
                                answer(batch.get(i), results.get(i));
                            }
                        }

                        @Override
                        public void onFailure(Exception e) {
                            batchFinished(batch, false);
                            batch.forEach(item -> fail(item.listener(), e));
                        }
                    });
        }
    }

    /** Completed when nobody waits for any of them. */
    private static CompletableFuture<Void> abandoned(List<Item> batch) {
        return CompletableFuture.allOf(
                batch.stream().map(Item::abandoned).toArray(CompletableFuture<?>[]::new));
    }

    private void batchFinished(List<Item> batch, boolean progress) {
        synchronized (this) {
            inFlight--;
            release(batch);
            if (progress) {
                lastProgressNanos = nanoTime.getAsLong();
            }
        }
        startDrain();
    }

    /** Has somebody look again soon whether the sidecar still answers. */
    private synchronized void watch() {
        if (watched || closed) {
            return;
        }
        try {
            scheduler.schedule(this::giveUpIfStalled, watchInterval(), executor);
            watched = true;
        } catch (EsRejectedExecutionException e) {
            logger.debug(
                    "the node is closing: queued images are no longer checked for stalling", e);
        }
    }

    /** Short against any sensible timeout, so that a new one counts at once. */
    private TimeValue watchInterval() {
        return TimeValue.timeValueMillis(
                Math.clamp(settings.stallTimeout().millis() / 10, 1, 1000));
    }

    private void giveUpIfStalled() {
        List<Item> given = new ArrayList<>();
        TimeValue timeout = settings.stallTimeout();
        synchronized (this) {
            watched = false;
            if (waiting.isEmpty()) {
                return;
            }
            if (nanoTime.getAsLong() - lastProgressNanos < timeout.nanos()) {
                watch();
                return;
            }
            given.addAll(removeWaiting());
            stalled += given.size();
        }
        AnalysisException error =
                AnalysisException.stalled(
                        "image queue: expected the sidecar to answer a request within ["
                                + timeout
                                + "], found no answer; change ["
                                + ImageSynsetSettings.STALL_TIMEOUT.getKey()
                                + "] or make the sidecar faster");
        given.forEach(item -> fail(item.listener(), error));
    }

    private synchronized List<Item> removeWaiting() {
        List<Item> items = waiting.removeAll();
        release(items);
        return items;
    }

    private synchronized void release(List<Item> items) {
        heldImages -= items.size();
        heldBytes -= items.stream().mapToLong(Item::bytes).sum();
    }

    /** Gives up what waits; what is under way ends with the client. */
    @Override
    public void close() {
        List<Item> items;
        synchronized (this) {
            closed = true;
            items = removeWaiting();
        }
        items.forEach(
                item ->
                        executor.execute(
                                () -> fail(item.listener(), AnalysisException.nodeIsClosing())));
    }

    private static void answer(Item item, ImageResult result) {
        switch (result) {
            case Analysis analysis -> call(() -> item.listener().onResponse(analysis));
            case AnalysisException error -> fail(item.listener(), error);
        }
    }

    private static void fail(ActionListener<Analysis> listener, Exception error) {
        call(() -> listener.onFailure(error));
    }

    /** Whatever one document's listener throws, the others of its batch get their answer. */
    private static void call(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            logger.error("an image was answered, but what followed failed", e);
        }
    }
}
