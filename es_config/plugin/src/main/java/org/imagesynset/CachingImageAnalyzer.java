package org.imagesynset;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRunnable;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.common.cache.Cache;
import org.elasticsearch.common.cache.CacheBuilder;
import org.elasticsearch.common.hash.MessageDigests;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.threadpool.ThreadPool;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.Analysis.Synset;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageText;
import org.imagesynset.query.ImageAnalyzer.Seen;
import org.imagesynset.queue.AnalysisQueue;

/**
 * Analyzes the images of queries, each once: a search may hold the same image several times, in its
 * query, in filters of aggregations, in the parts of a multi search.
 *
 * <p>Answers are kept for a minute, which also spares the sidecar the next pages of a search. A
 * search that is canceled waits no longer, and an image that no search waits for is not analyzed.
 */
final class CachingImageAnalyzer {
    private static final TimeValue KEPT = TimeValue.timeValueMinutes(1);

    /** Synsets and their scores, of all images together: a few megabytes. */
    private static final int MAX_SYNSETS = 20_000;

    private record Key(String sha256, int topK) {}

    private final AnalysisQueue queue;
    private final Executor executor;
    private final ThreadPool threadPool;
    private final Cache<Key, SharedAnswer> answers =
            CacheBuilder.<Key, SharedAnswer>builder()
                    .setExpireAfterWrite(KEPT)
                    .setMaximumWeight(MAX_SYNSETS)
                    .weigher((key, answer) -> key.topK())
                    .build();

    CachingImageAnalyzer(AnalysisQueue queue, Executor executor, ThreadPool threadPool) {
        this.queue = queue;
        this.executor = executor;
        this.threadPool = threadPool;
    }

    /**
     * As {@link org.imagesynset.query.ImageAnalyzer#analyze}. On the executor, because hashing a
     * photo of many megabytes must not block a network thread.
     */
    void analyze(String image, int topK, Set<String> vocabularies, ActionListener<Seen> listener) {
        ActionListener<Seen> answered =
                ContextPreservingActionListener.wrapPreservingContext(
                        listener, threadPool.getThreadContext());
        List<CancellableTask> tasks = SearchTasks.current(threadPool.getThreadContext());
        executor.execute(
                ActionRunnable.wrap(
                        answered, next -> find(image, topK, vocabularies, tasks, next)));
    }

    private void find(
            String text,
            int topK,
            Set<String> vocabularies,
            List<CancellableTask> tasks,
            ActionListener<Seen> asking) {
        for (CancellableTask task : tasks) {
            if (task.notifyIfCancelled(asking)) {
                return;
            }
        }
        ActionListener<Seen> listener = ActionListener.notifyOnce(asking);
        ImageText image;
        try {
            image = ImageText.of(text);
        } catch (AnalysisException e) {
            listener.onFailure(withStatus(e));
            return;
        }
        Key key = new Key(sha256(image), topK);
        SharedAnswer mine = new SharedAnswer();
        SharedAnswer answer = joined(key, mine);
        answer.seen()
                .addListener(
                        listener.delegateFailureAndWrap(
                                (next, seen) -> {
                                    if (answer != mine
                                            && vocabularies.isEmpty() == false
                                            && vocabularies.contains(seen.vocabulary()) == false) {
                                        // By the model before: the sidecar may have another by now.
                                        answers.invalidate(key, answer);
                                        find(text, topK, vocabularies, tasks, next);
                                    } else {
                                        next.onResponse(seen);
                                    }
                                }),
                        executor,
                        threadPool.getThreadContext());
        if (answer == mine) {
            ask(image, key, mine);
        }
        AtomicBoolean gone = new AtomicBoolean();
        for (CancellableTask task : tasks) {
            task.addListener(
                    () -> {
                        if (gone.compareAndSet(false, true)) {
                            executor.execute(() -> leave(key, answer, task, listener));
                        }
                    });
        }
    }

    private void leave(
            Key key, SharedAnswer answer, CancellableTask task, ActionListener<Seen> listener) {
        // First, because what is abandoned fails for another reason.
        listener.onFailure(
                new TaskCancelledException("task cancelled [" + task.getReasonCancelled() + "]"));
        if (answer.leave()) {
            answers.invalidate(key, answer);
            answer.abandoned().complete(null);
        }
    }

    /** The answer that others wait for, or else mine. */
    private SharedAnswer joined(Key key, SharedAnswer mine) {
        try {
            while (true) {
                SharedAnswer answer = answers.computeIfAbsent(key, absent -> mine);
                if (answer.join()) {
                    return answer;
                }
                answers.invalidate(key, answer);
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void ask(ImageText image, Key key, SharedAnswer answer) {
        queue.submit(
                image,
                new AnalyzeOptions(key.topK(), AnalyzeOptions.NO_THUMBNAIL),
                answer.abandoned(),
                new ActionListener<>() {
                    @Override
                    public void onResponse(Analysis analysis) {
                        Map<String, Double> scores = new LinkedHashMap<>();
                        for (Synset synset : analysis.synsets()) {
                            scores.put(synset.name(), synset.score());
                        }
                        answer.seen().onResponse(new Seen(analysis.model().vocabulary(), scores));
                    }

                    @Override
                    public void onFailure(Exception e) {
                        // Before anybody hears of it, so that whoever tries again really does.
                        answers.invalidate(key, answer);
                        answer.seen().onFailure(withStatus(e));
                    }
                });
    }

    private static Exception withStatus(Exception e) {
        return e instanceof AnalysisException fault
                ? new ElasticsearchStatusException(
                        "[{}] query image: {}",
                        fault.fault().restStatus(),
                        fault.type(),
                        fault.getMessage())
                : e;
    }

    private static String sha256(ImageText image) {
        MessageDigest digest = MessageDigests.sha256();
        digest.update(image.header().getBytes(StandardCharsets.UTF_8));
        byte[] buffer = new byte[8192];
        try (InputStream base64 = image.base64()) {
            for (int read = base64.read(buffer); read >= 0; read = base64.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return MessageDigests.toHexString(digest.digest());
    }
}
