package org.imagesynset.bulk;

import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionRunnable;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.bulk.TransportBulkAction;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.action.update.UpdateRequest;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.tasks.Task;
import org.imagesynset.compat.Pipelines;

/**
 * Sees to it that updates in a bulk are analyzed as {@code _update} is.
 *
 * <p>Elasticsearch runs no pipeline for an update in a bulk, or runs it on the part that was sent
 * and merges what comes out into the stored document: a photo's synsets end among another's. {@code
 * _update} runs it on the whole document.
 */
public final class BulkUpdateFilter implements MappedActionFilter {
    private final Supplier<Pipelines> pipelines;
    private final Supplier<Client> client;
    private final Supplier<Executor> executor;

    /** All are asked for late, because filters are known before the node's services are. */
    public BulkUpdateFilter(
            Supplier<Pipelines> pipelines, Supplier<Client> client, Supplier<Executor> executor) {
        this.pipelines = pipelines;
        this.client = client;
        this.executor = executor;
    }

    @Override
    public String actionName() {
        return TransportBulkAction.NAME;
    }

    @Override
    public <Request extends ActionRequest, Response extends ActionResponse> void apply(
            Task task,
            String action,
            Request request,
            ActionListener<Response> listener,
            ActionFilterChain<Request, Response> chain) {
        if (request instanceof BulkRequest bulk) {
            @SuppressWarnings("unchecked")
            ActionListener<BulkResponse> answer = (ActionListener<BulkResponse>) listener;
            @SuppressWarnings("unchecked")
            ActionFilterChain<BulkRequest, BulkResponse> rest =
                    (ActionFilterChain<BulkRequest, BulkResponse>) chain;
            apply(task, action, bulk, answer, rest);
        } else {
            chain.proceed(task, action, request, listener);
        }
    }

    private void apply(
            Task task,
            String action,
            BulkRequest bulk,
            ActionListener<BulkResponse> listener,
            ActionFilterChain<BulkRequest, BulkResponse> chain) {
        ImagePipelines images = new ImagePipelines(pipelines.get());
        UnprocessedUpsert upsert = UnprocessedUpsert.of(bulk, images);
        if (upsert != null) {
            chain.proceed(task, action, bulk, upsert.restoring(listener));
        } else if (concerns(bulk, images)) {
            // Parsing documents must not block a network thread.
            executor.get()
                    .execute(
                            ActionRunnable.wrap(
                                    listener,
                                    whole -> {
                                        SplitBulk split = SplitBulk.of(bulk, images);
                                        if (split.isComplete()) {
                                            chain.proceed(task, action, bulk, whole);
                                        } else {
                                            run(bulk, split, whole);
                                        }
                                    }));
        } else {
            chain.proceed(task, action, bulk, listener);
        }
    }

    /** Whether there is an update that a pipeline of ours may have to see; cheap for all others. */
    private static boolean concerns(BulkRequest bulk, ImagePipelines images) {
        for (var item : bulk.requests()) {
            if (item instanceof UpdateRequest update
                    && (images.ofIndex(update.index()).isEmpty() == false
                            || (update.upsertRequest() != null
                                    && images.of(update.upsertRequest().getPipeline()).isEmpty()
                                            == false))) {
                return true;
            }
        }
        return false;
    }

    private void run(BulkRequest bulk, SplitBulk split, ActionListener<BulkResponse> listener) {
        SplitBulkRun run = new SplitBulkRun(bulk, split, client.get(), executor.get(), listener);
        MissingIndices missing = MissingIndices.of(bulk, split, pipelines.get());
        if (missing.isEmpty()) {
            run.start();
        } else {
            missing.make(
                    client.get(), ActionListener.running(() -> executor.get().execute(run::start)));
        }
    }
}
