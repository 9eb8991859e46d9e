package org.imagesynset;

import java.util.concurrent.CompletableFuture;
import org.elasticsearch.common.util.concurrent.ListenableFuture;
import org.imagesynset.query.ImageAnalyzer.Seen;

/** What an image shows, once that is known, and how many searches wait for it. */
final class SharedAnswer {
    private final ListenableFuture<Seen> seen = new ListenableFuture<>();
    private final CompletableFuture<Void> abandoned = new CompletableFuture<>();

    // Guarded by this.
    private int waiting;
    private boolean left;

    ListenableFuture<Seen> seen() {
        return seen;
    }

    /** Completed when all who waited have left before the answer came. */
    CompletableFuture<Void> abandoned() {
        return abandoned;
    }

    /**
     * One more waits.
     *
     * @return false where it was abandoned, so that nothing will come
     */
    synchronized boolean join() {
        waiting++;
        return left == false;
    }

    /**
     * One waits no more.
     *
     * @return whether it was the last one, and nothing had come
     */
    synchronized boolean leave() {
        waiting--;
        left = waiting == 0 && seen.isDone() == false;
        return left;
    }
}
