package org.imagesynset;

import java.util.concurrent.atomic.AtomicLong;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.breaker.NoopCircuitBreaker;

/** A circuit breaker that holds so many bytes, as Elasticsearch's own do. */
final class CountingBreaker extends NoopCircuitBreaker {
    final AtomicLong held = new AtomicLong();
    volatile long limit = Long.MAX_VALUE;

    CountingBreaker() {
        super("image_synset");
    }

    @Override
    public void addEstimateBytesAndMaybeBreak(long bytes, String label)
            throws CircuitBreakingException {
        if (held.addAndGet(bytes) > limit) {
            held.addAndGet(-bytes);
            throw new CircuitBreakingException("too large: " + label, Durability.TRANSIENT);
        }
    }

    @Override
    public void addWithoutBreaking(long bytes) {
        held.addAndGet(bytes);
    }
}
