package org.imagesynset.ingest;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.get.GetRequest;
import org.elasticsearch.action.get.GetResponse;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.search.fetch.subphase.FetchSourceContext;
import org.elasticsearch.search.lookup.Source;

/**
 * Reads documents as they are before an update, refreshed or not, as the user who updates them.
 *
 * <p>All documents of a bulk want theirs at once, but Elasticsearch's pool for gets refuses what
 * its queue of 1000 can't hold, so only so many are under way.
 */
public final class ExistingDocuments {
    private static final Logger logger = LogManager.getLogger(ExistingDocuments.class);

    private static final int AT_ONCE = 64;

    private final BiConsumer<GetRequest, ActionListener<GetResponse>> client;
    private final ThreadContext threadContext;
    private final Executor executor;

    // Both guarded by this.
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int underWay;

    public ExistingDocuments(
            BiConsumer<GetRequest, ActionListener<GetResponse>> client,
            ThreadContext threadContext,
            Executor executor) {
        this.client = client;
        this.threadContext = threadContext;
        this.executor = executor;
    }

    /**
     * @param routing or null
     * @param fields of the source to read, vectors too
     * @param consumer called exactly once, on the executor and in the caller's thread context, with
     *     the fields; empty where there is no such document or it can't be read
     */
    void fetch(
            String index,
            String id,
            String routing,
            String[] fields,
            Consumer<Map<String, Object>> consumer) {
        GetRequest request =
                new GetRequest(index, id)
                        .routing(routing)
                        .fetchSourceContext(FetchSourceContext.of(true, false, fields, null));
        ActionListener<GetResponse> listener =
                ActionListener.notifyOnce(
                        ContextPreservingActionListener.wrapPreservingContext(
                                new ActionListener<>() {
                                    @Override
                                    public void onResponse(GetResponse found) {
                                        // Before the answer is released.
                                        answer(source(found));
                                    }

                                    @Override
                                    public void onFailure(Exception e) {
                                        logger.debug("[{}] of [{}] can't be read", id, index, e);
                                        answer(Map.of());
                                    }

                                    private void answer(Map<String, Object> source) {
                                        ended();
                                        executor.execute(() -> consumer.accept(source));
                                    }
                                },
                                threadContext));
        Supplier<ThreadContext.StoredContext> caller = threadContext.newRestorableContext(false);
        begin(
                () -> {
                    // Another document's answer may run this, with another user's rights.
                    try (ThreadContext.StoredContext ignored = caller.get()) {
                        client.accept(request, listener);
                    } catch (RuntimeException e) {
                        listener.onFailure(e);
                    }
                });
    }

    /** In the order in which it was written, so that writing it again changes nothing. */
    private static Map<String, Object> source(GetResponse found) {
        return found.isExists() && found.isSourceEmpty() == false
                ? Source.fromBytes(found.getSourceAsBytesRef()).source()
                : Map.of();
    }

    private void begin(Runnable get) {
        synchronized (this) {
            if (underWay >= AT_ONCE) {
                waiting.add(get);
                return;
            }
            underWay++;
        }
        get.run();
    }

    private void ended() {
        Runnable next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                underWay--;
                return;
            }
        }
        // Not here: gets that fail at once would call one another ever deeper.
        executor.execute(next);
    }
}
