package org.imagesynset;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRunnable;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.common.cache.Cache;
import org.elasticsearch.common.cache.CacheBuilder;
import org.elasticsearch.common.hash.MessageDigests;
import org.elasticsearch.common.util.concurrent.ListenableFuture;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.ThreadPool;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.Analysis.Synset;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageText;
import org.imagesynset.query.ImageAnalyzer;
import org.imagesynset.queue.AnalysisQueue;

/**
 * Analyzes the images of queries, each once: a search may hold the same image several times, in its
 * query, in filters of aggregations, in the parts of a multi search.
 *
 * <p>Answers are kept for a minute, which also spares the sidecar the next pages of a search.
 */
final class QueriedImages implements ImageAnalyzer {
    private static final TimeValue KEPT = TimeValue.timeValueMinutes(1);

    /** Synsets and their scores, of all images together: a few megabytes. */
    private static final int MAX_SYNSETS = 20_000;

    private record Key(String sha256, int topK) {}

    private final AnalysisQueue queue;
    private final Executor executor;
    private final ThreadPool threadPool;
    private final Cache<Key, ListenableFuture<Seen>> answers =
            CacheBuilder.<Key, ListenableFuture<Seen>>builder()
                    .setExpireAfterWrite(KEPT)
                    .setMaximumWeight(MAX_SYNSETS)
                    .weigher((key, answer) -> key.topK())
                    .build();

    QueriedImages(AnalysisQueue queue, Executor executor, ThreadPool threadPool) {
        this.queue = queue;
        this.executor = executor;
        this.threadPool = threadPool;
    }

    /** On the executor, because a photo of many megabytes is no work for a network thread. */
    @Override
    public void analyze(
            String image, int topK, Set<String> vocabularies, ActionListener<Seen> listener) {
        ActionListener<Seen> answered =
                ContextPreservingActionListener.wrapPreservingContext(
                        listener, threadPool.getThreadContext());
        executor.execute(
                ActionRunnable.wrap(answered, next -> find(image, topK, vocabularies, next)));
    }

    private void find(
            String text, int topK, Set<String> vocabularies, ActionListener<Seen> listener) {
        ImageText image;
        try {
            image = ImageText.of(text);
        } catch (AnalysisException e) {
            listener.onFailure(withStatus(e));
            return;
        }
        Key key = new Key(sha256(image), topK);
        ListenableFuture<Seen> mine = new ListenableFuture<>();
        ListenableFuture<Seen> answer = answer(key, mine);
        answer.addListener(
                listener.delegateFailureAndWrap(
                        (next, seen) -> {
                            if (answer != mine
                                    && vocabularies.isEmpty() == false
                                    && vocabularies.contains(seen.vocabulary()) == false) {
                                // By the model before: the sidecar may have another by now.
                                answers.invalidate(key, answer);
                                find(text, topK, vocabularies, next);
                            } else {
                                next.onResponse(seen);
                            }
                        }),
                executor,
                threadPool.getThreadContext());
        if (answer == mine) {
            ask(image, key, mine);
        }
    }

    private ListenableFuture<Seen> answer(Key key, ListenableFuture<Seen> mine) {
        try {
            return answers.computeIfAbsent(key, absent -> mine);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void ask(ImageText image, Key key, ListenableFuture<Seen> answer) {
        queue.submit(
                image,
                new AnalyzeOptions(key.topK(), AnalyzeOptions.NO_THUMBNAIL),
                new ActionListener<>() {
                    @Override
                    public void onResponse(Analysis analysis) {
                        Map<String, Double> scores = new LinkedHashMap<>();
                        for (Synset synset : analysis.synsets()) {
                            scores.put(synset.name(), synset.score());
                        }
                        answer.onResponse(new Seen(analysis.model().vocabulary(), scores));
                    }

                    @Override
                    public void onFailure(Exception e) {
                        // Before anybody hears of it, so that whoever tries again really does.
                        answers.invalidate(key, answer);
                        answer.onFailure(withStatus(e));
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
