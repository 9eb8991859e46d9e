package org.imagesynset;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.ThreadPool;
import org.imagesynset.WaitingImages.Item;

/**
 * The node's one line of images before the sidecar.
 *
 * <p>It is drained whenever a request slot is free, without a timer: a lone image leaves at once,
 * and under load batches form by themselves. It is bounded by bytes, because those are what fills
 * the heap, and given up on lack of progress, because all documents of a bulk wait here together:
 * by a count or by age a long healthy bulk would fail.
 */
final class AnalysisQueue implements Closeable {
    private static final Logger logger = LogManager.getLogger(AnalysisQueue.class);

    private final ImageSynsetSettings settings;
    private final SidecarClient client;
    private final ThreadPool threadPool;
    private final Executor executor;

    // All guarded by this.
    private final WaitingImages waiting = new WaitingImages();
    private long heldBytes;
    private int inFlight;
    private boolean drainScheduled;
    private boolean watched;
    private long lastProgressNanos;
    private boolean closed;

    AnalysisQueue(
            ImageSynsetSettings settings,
            SidecarClient client,
            ThreadPool threadPool,
            Executor executor) {
        this.settings = settings;
        this.client = client;
        this.threadPool = threadPool;
        this.executor = executor;
    }

    /**
     * Has an image analyzed. Never blocks.
     *
     * @param image base64 or a data URL; any text is safe
     * @param listener called exactly once, on the plugin's executor and in the caller's thread
     *     context; its failure is an {@link AnalysisException}
     */
    void submit(String image, AnalyzeOptions options, ActionListener<Analysis> listener) {
        Item item =
                new Item(
                        image,
                        options,
                        ContextPreservingActionListener.wrapPreservingContext(
                                listener, threadPool.getThreadContext()));
        AnalysisException refusal = add(item);
        if (refusal == null) {
            startDrain();
        } else {
            executor.execute(() -> fail(item, refusal));
        }
    }

    private synchronized AnalysisException add(Item item) {
        if (closed) {
            return nodeIsClosing();
        }
        ByteSizeValue maxBytes = settings.queueMaxBytes();
        if (heldBytes + item.bytes() > maxBytes.getBytes()) {
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
            lastProgressNanos = System.nanoTime();
        }
        waiting.add(item);
        heldBytes += item.bytes();
        watch();
        return null;
    }

    /** Requests are built on the executor: copying megabytes is no work for a write thread. */
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
                    batch.getFirst().options(),
                    batch.stream().map(Item::image).toList(),
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
                            batch.forEach(item -> fail(item, e));
                        }
                    });
        }
    }

    private void batchFinished(List<Item> batch, boolean progress) {
        synchronized (this) {
            inFlight--;
            heldBytes -= batch.stream().mapToLong(Item::bytes).sum();
            if (progress) {
                lastProgressNanos = System.nanoTime();
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
            threadPool.schedule(this::giveUpIfStalled, watchInterval(), executor);
            watched = true;
        } catch (EsRejectedExecutionException e) {
            logger.debug("the node is closing, so nothing will stall any more", e);
        }
    }

    /** Short against any sensible timeout, so that a new one counts at once. */
    private TimeValue watchInterval() {
        return TimeValue.timeValueMillis(
                Math.clamp(settings.stallTimeout().millis() / 10, 1, 1000));
    }

    private void giveUpIfStalled() {
        List<Item> stalled = new ArrayList<>();
        TimeValue timeout = settings.stallTimeout();
        synchronized (this) {
            watched = false;
            if (waiting.isEmpty()) {
                return;
            }
            if (System.nanoTime() - lastProgressNanos < timeout.nanos()) {
                watch();
                return;
            }
            stalled.addAll(removeWaiting());
        }
        AnalysisException error =
                AnalysisException.stalled(
                        "image queue: expected the sidecar to answer a request within ["
                                + timeout
                                + "], found no answer; change ["
                                + ImageSynsetSettings.STALL_TIMEOUT.getKey()
                                + "] or make the sidecar faster");
        stalled.forEach(item -> fail(item, error));
    }

    private synchronized List<Item> removeWaiting() {
        List<Item> items = waiting.removeAll();
        heldBytes -= items.stream().mapToLong(Item::bytes).sum();
        return items;
    }

    /** Gives up what waits; what is under way ends with the client. */
    @Override
    public void close() {
        List<Item> items;
        synchronized (this) {
            closed = true;
            items = removeWaiting();
        }
        items.forEach(item -> executor.execute(() -> fail(item, nodeIsClosing())));
    }

    private static AnalysisException nodeIsClosing() {
        return AnalysisException.unavailable(
                "image queue: expected a running node, found one shutting down");
    }

    private static void answer(Item item, ImageResult result) {
        switch (result) {
            case Analysis analysis -> call(() -> item.listener().onResponse(analysis));
            case AnalysisException error -> fail(item, error);
        }
    }

    private static void fail(Item item, Exception error) {
        call(() -> item.listener().onFailure(error));
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
