package org.imagesynset.memory;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.breaker.CircuitBreakingException;

/**
 * Counts the heap that large texts take while somebody works on them, by the circuit breaker {@code
 * image_synset}.
 *
 * <p>Elasticsearch counts the bytes of a request, but not the text that is made of them.
 */
public final class LargeTexts {
    private final Supplier<CircuitBreaker> breaker;

    /** How many are worked on. */
    private final AtomicInteger held = new AtomicInteger();

    /**
     * @param breaker asked for late, because filters are known before the node's services are
     */
    public LargeTexts(Supplier<CircuitBreaker> breaker) {
        this.breaker = breaker;
    }

    /**
     * Does work that takes so many bytes until its listener is answered. Where there is no room the
     * listener fails with status 429, and nothing is done.
     *
     * @param what is worked on, for the error
     */
    public <T> void hold(
            long bytes, String what, ActionListener<T> listener, Consumer<ActionListener<T>> work) {
        try {
            add(bytes, what);
        } catch (CircuitBreakingException e) {
            held.decrementAndGet();
            listener.onFailure(e);
            return;
        }
        ActionListener.run(
                ActionListener.runBefore(
                        listener,
                        () -> {
                            breaker.get().addWithoutBreaking(-bytes);
                            held.decrementAndGet();
                        }),
                work::accept);
    }

    private void add(long bytes, String what) throws CircuitBreakingException {
        if (held.getAndIncrement() == 0) {
            // Alone it fits however large it is: waiting would change nothing for it.
            breaker.get().addWithoutBreaking(bytes);
            return;
        }
        breaker.get()
                .addEstimateBytesAndMaybeBreak(
                        bytes,
                        what
                                + " beside others: send it later, give the node more heap, or raise"
                                + " breaker.image_synset.limit");
    }
}
