package org.imagesynset.bulk;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Executor;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.DocWriteRequest.OpType;
import org.elasticsearch.action.bulk.BulkItemResponse;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.action.support.RefCountingListener;
import org.elasticsearch.action.update.UpdateRequest;
import org.elasticsearch.action.update.UpdateResponse;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.util.concurrent.ThrottledIterator;
import org.elasticsearch.core.Releasable;
import org.imagesynset.bulk.SplitBulk.Part;

/** One bulk whose updates are done by {@code _update}, and its answer as of one bulk. */
final class SplitBulkRun {
    /** Each holds its document in memory, and a sidecar's batch is no larger. */
    private static final int UPDATES_AT_ONCE = 32;

    private final BulkRequest bulk;
    private final Iterator<Part> parts;
    private final Client client;
    private final Executor executor;
    private final ActionListener<BulkResponse> listener;
    private final BulkItemResponse[] answers;
    private final long startNanos = System.nanoTime();

    SplitBulkRun(
            BulkRequest bulk,
            SplitBulk split,
            Client client,
            Executor executor,
            ActionListener<BulkResponse> listener) {
        this.bulk = bulk;
        this.parts = split.parts().iterator();
        this.client = client;
        this.executor = executor;
        this.listener =
                ContextPreservingActionListener.wrapPreservingContext(
                        listener, client.threadPool().getThreadContext());
        this.answers = new BulkItemResponse[bulk.requests().size()];
        split.refused().forEach((place, reason) -> answers[place] = failure(place, reason));
    }

    /** Answers the listener once, with an answer for each item in the bulk's order. */
    void start() {
        nextPart();
    }

    private void nextPart() {
        if (parts.hasNext() == false) {
            listener.onResponse(
                    new BulkResponse(answers, (System.nanoTime() - startNanos) / 1_000_000));
            return;
        }
        Part part = parts.next();
        ActionListener<Void> ended =
                ContextPreservingActionListener.wrapPreservingContext(
                        // Not here: parts that end at once would call one another ever deeper.
                        listener.delegateFailureIgnoreResponseAndWrap(
                                next -> executor.execute(this::nextPart)),
                        client.threadPool().getThreadContext());
        try (RefCountingListener all = new RefCountingListener(ended)) {
            if (part.rest().isEmpty() == false) {
                ActionListener.run(all.acquire(), done -> rest(part.rest(), done));
            }
            if (part.updates().isEmpty() == false) {
                ActionListener<Void> updates = all.acquire();
                ThrottledIterator.run(
                        part.updates().iterator(),
                        this::update,
                        UPDATES_AT_ONCE,
                        () -> updates.onResponse(null));
            }
        }
    }

    private void rest(List<Integer> places, ActionListener<Void> done) {
        BulkRequest rest = bulk.shallowClone();
        rest.incrementalState(bulk.incrementalState());
        rest.includeSourceOnError(bulk.includeSourceOnError());
        places.forEach(place -> rest.add(bulk.requests().get(place)));
        client.bulk(
                rest,
                done.delegateFailureAndWrap(
                        (next, response) -> {
                            for (int i = 0; i < places.size(); i++) {
                                answers[places.get(i)] = at(places.get(i), response.getItems()[i]);
                            }
                            next.onResponse(null);
                        }));
    }

    private static BulkItemResponse at(int place, BulkItemResponse item) {
        return item.isFailed()
                ? BulkItemResponse.failure(place, item.getOpType(), item.getFailure())
                : BulkItemResponse.success(place, item.getOpType(), item.getResponse());
    }

    private void update(Releasable done, int place) {
        UpdateRequest update = (UpdateRequest) bulk.requests().get(place);
        update.setRefreshPolicy(bulk.getRefreshPolicy());
        update.timeout(bulk.timeout());
        update.waitForActiveShards(bulk.waitForActiveShards());
        ActionListener<UpdateResponse> answer =
                ActionListener.releaseAfter(
                        ActionListener.wrap(
                                updated ->
                                        answers[place] =
                                                BulkItemResponse.success(
                                                        place, OpType.UPDATE, updated),
                                failure -> answers[place] = failure(place, failure)),
                        done);
        try {
            client.update(update, answer);
        } catch (RuntimeException e) {
            answer.onFailure(e);
        }
    }

    private BulkItemResponse failure(int place, Exception failure) {
        UpdateRequest update = (UpdateRequest) bulk.requests().get(place);
        Exception cause =
                ExceptionsHelper.unwrapCause(failure) instanceof Exception e ? e : failure;
        return BulkItemResponse.failure(
                place,
                OpType.UPDATE,
                new BulkItemResponse.Failure(update.index(), update.id(), cause));
    }
}
