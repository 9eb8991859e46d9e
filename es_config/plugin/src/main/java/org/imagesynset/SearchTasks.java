package org.imagesynset;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;

/**
 * Makes the task of a search known to the analysis of its query's image, which Elasticsearch does
 * not: by the thread context, with the tasks of the actions around it. Also explains the failure of
 * a search in which a node lacks this plugin.
 *
 * <p>A task is canceled by {@code _tasks/…/_cancel}, and where the client has gone.
 */
final class SearchTasks implements MappedActionFilter {
    /** A template, a multi search and their templates run searches. */
    private static final List<String> ACTIONS =
            List.of(
                    "indices:data/read/search",
                    "indices:data/read/search/template",
                    "indices:data/read/msearch",
                    "indices:data/read/msearch/template");

    private static final String KEY = "image_synset_search_tasks";

    private final String actionName;
    private final Supplier<ThreadContext> threadContext;

    private SearchTasks(String actionName, Supplier<ThreadContext> threadContext) {
        this.actionName = actionName;
        this.threadContext = threadContext;
    }

    /**
     * One filter for each action that searches.
     *
     * @param threadContext asked for late, because filters are known before the node's services are
     */
    static List<MappedActionFilter> filters(Supplier<ThreadContext> threadContext) {
        List<MappedActionFilter> filters = new ArrayList<>();
        ACTIONS.forEach(action -> filters.add(new SearchTasks(action, threadContext)));
        return filters;
    }

    /** The tasks that whoever runs now works for; none where it is not a search. */
    static List<CancellableTask> current(ThreadContext threadContext) {
        List<CancellableTask> tasks = threadContext.getTransient(KEY);
        return tasks == null ? List.of() : tasks;
    }

    @Override
    public String actionName() {
        return actionName;
    }

    @Override
    public <Request extends ActionRequest, Response extends ActionResponse> void apply(
            Task task,
            String action,
            Request request,
            ActionListener<Response> answered,
            ActionFilterChain<Request, Response> chain) {
        ActionListener<Response> listener =
                answered.delegateResponse(
                        (next, failure) -> next.onFailure(MissingPlugin.explained(failure)));
        if (task instanceof CancellableTask == false) {
            chain.proceed(task, action, request, listener);
            return;
        }
        ThreadContext context = threadContext.get();
        List<CancellableTask> tasks = new ArrayList<>(current(context));
        tasks.add((CancellableTask) task);
        try (ThreadContext.StoredContext before =
                context.newStoredContext(List.of(KEY), List.of())) {
            context.putTransient(KEY, List.copyOf(tasks));
            chain.proceed(task, action, request, listener);
        }
    }
}
