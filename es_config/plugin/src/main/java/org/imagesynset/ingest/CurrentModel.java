package org.imagesynset.ingest;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.TimeValue;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.document.ExistingAnalysis;
import org.imagesynset.http.SidecarApi;
import org.imagesynset.http.SidecarFailure;

/**
 * The model that would analyze an image now. Asked for, because where nothing is analyzed no answer
 * would ever tell of another model.
 */
public final class CurrentModel {
    /** For so long an answer counts. */
    private static final TimeValue FRESH = TimeValue.timeValueSeconds(10);

    private static final TimeValue TIMEOUT = TimeValue.timeValueSeconds(5);

    private final List<URI> sidecars;
    private final SidecarApi api;
    private final ThreadContext threadContext;
    private final Executor executor;
    private final LongSupplier nanoTime;

    // All guarded by this.
    private CompletableFuture<Known> asked;
    private long askedAt;
    private Analysis.Model known;

    /**
     * What is known of the model.
     *
     * @param model that of the sidecars that answer, or of their last answer while none does; null
     *     where that is not known or they differ
     * @param answered whether any sidecar answers
     */
    public record Known(Analysis.Model model, boolean answered) {
        /**
         * Whether an analysis is as good as a new one: it is by this model, or there is nobody who
         * could say that another model is used now.
         */
        boolean isBehind(ExistingAnalysis analysis) {
            return model == null ? answered == false : analysis.isBy(model);
        }
    }

    private record Answer(Analysis.Model model, boolean answered) {}

    /**
     * @param nanoTime a clock in nanoseconds, of which only differences count
     */
    public CurrentModel(
            List<URI> sidecars,
            SidecarApi api,
            ThreadContext threadContext,
            Executor executor,
            LongSupplier nanoTime) {
        this.sidecars = sidecars;
        this.api = api;
        this.threadContext = threadContext;
        this.executor = executor;
        this.nanoTime = nanoTime;
    }

    /**
     * @param consumer called exactly once, on the executor and in the caller's thread context
     */
    void get(Consumer<Known> consumer) {
        // Another document may have asked, as another user.
        Supplier<ThreadContext.StoredContext> caller = threadContext.newRestorableContext(false);
        current()
                .thenAcceptAsync(
                        model -> {
                            try (ThreadContext.StoredContext ignored = caller.get()) {
                                consumer.accept(model);
                            }
                        },
                        executor);
    }

    /**
     * The name of the model's vocabulary; null where that is not known, or where sidecars have
     * different models. What was known before counts until there is a new answer.
     */
    public synchronized CompletableFuture<String> vocabulary() {
        CompletableFuture<Known> now = current();
        if (now.isDone() == false && known != null) {
            return CompletableFuture.completedFuture(known.vocabulary());
        }
        return now.thenApply(model -> model.model() == null ? null : model.model().vocabulary());
    }

    private synchronized CompletableFuture<Known> current() {
        long now = nanoTime.getAsLong();
        if (asked == null || (asked.isDone() && now - askedAt >= FRESH.nanos())) {
            askedAt = now;
            asked = ask();
        }
        return asked;
    }

    private CompletableFuture<Known> ask() {
        List<CompletableFuture<Answer>> answers = sidecars.stream().map(this::ask).toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(
                        done -> {
                            Set<Analysis.Model> models = new HashSet<>();
                            boolean answered = false;
                            for (CompletableFuture<Answer> answer : answers) {
                                models.add(answer.join().model());
                                answered |= answer.join().answered();
                            }
                            models.remove(null);
                            return new Known(agreed(models), answered);
                        });
    }

    private synchronized Analysis.Model agreed(Set<Analysis.Model> models) {
        if (models.isEmpty() == false) {
            known = models.size() == 1 ? models.iterator().next() : null;
        }
        return known;
    }

    private CompletableFuture<Answer> ask(URI sidecar) {
        return api.model(sidecar, TIMEOUT)
                .handle(
                        // A proxy before sidecars that are down answers for them.
                        (details, failure) ->
                                failure == null
                                        ? new Answer(details.model(), true)
                                        : new Answer(null, SidecarFailure.of(failure).answered()));
    }
}
