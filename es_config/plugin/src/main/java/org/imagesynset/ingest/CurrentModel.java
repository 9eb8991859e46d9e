package org.imagesynset.ingest;

import java.io.IOException;
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
import org.imagesynset.http.ModelDetails;
import org.imagesynset.http.SidecarAnswer;
import org.imagesynset.http.SidecarApi;

/**
 * The model that would analyze an image now. Asked for, because where nothing is analyzed no answer
 * would ever tell of another model.
 */
public final class CurrentModel {
    /** For so long an answer counts. */
    private static final TimeValue FRESH = TimeValue.timeValueSeconds(10);

    private static final TimeValue TIMEOUT = TimeValue.timeValueSeconds(5);
    private static final int OK = 200;

    private final List<URI> sidecars;
    private final SidecarApi api;
    private final ThreadContext threadContext;
    private final Executor executor;
    private final LongSupplier nanoTime;

    // All guarded by this.
    private CompletableFuture<Analysis.Model> asked;
    private long askedAt;
    private Analysis.Model known;

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
     * @param consumer called exactly once, on the executor and in the caller's thread context, with
     *     the model of the sidecars that answer; of their last answer while none does; null where
     *     that is not known or they differ
     */
    void get(Consumer<Analysis.Model> consumer) {
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

    private synchronized CompletableFuture<Analysis.Model> current() {
        long now = nanoTime.getAsLong();
        if (asked == null || (asked.isDone() && now - askedAt >= FRESH.nanos())) {
            askedAt = now;
            asked = ask();
        }
        return asked;
    }

    private CompletableFuture<Analysis.Model> ask() {
        List<CompletableFuture<Analysis.Model>> answers = sidecars.stream().map(this::ask).toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(
                        done -> {
                            Set<Analysis.Model> models = new HashSet<>();
                            answers.forEach(answer -> models.add(answer.join()));
                            models.remove(null);
                            return agreed(models);
                        });
    }

    private synchronized Analysis.Model agreed(Set<Analysis.Model> models) {
        if (models.isEmpty() == false) {
            known = models.size() == 1 ? models.iterator().next() : null;
        }
        return known;
    }

    private CompletableFuture<Analysis.Model> ask(URI sidecar) {
        return api.get(sidecar, "/v1/model", ModelDetails.MAX_BYTES, TIMEOUT)
                .handle((answer, failure) -> failure == null ? read(answer) : null);
    }

    private static Analysis.Model read(SidecarAnswer answer) {
        try {
            return answer.status() == OK ? ModelDetails.read(answer.body()).model() : null;
        } catch (IOException e) {
            // Analyzing will tell what is wrong with it.
            return null;
        }
    }
}
