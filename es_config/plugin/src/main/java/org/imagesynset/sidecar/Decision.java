package org.imagesynset.sidecar;

import java.util.concurrent.CompletableFuture;
import org.elasticsearch.core.TimeValue;
import org.imagesynset.analysis.AnalysisException;

/** What is to be done with a batch now. */
sealed interface Decision {

    /** The sidecar that is to get it. */
    record Send(Sidecar sidecar) implements Decision {}

    /** Every sidecar that may be asked sent a Retry-After; the shortest is this long. */
    record Wait(TimeValue delay) implements Decision {}

    /** Every sidecar that may be asked has failed it in this round; the next begins no earlier. */
    record EndRound(TimeValue delay) implements Decision {}

    /** No circuit breaker lets it through, but whether a sidecar works is being asked. */
    record AwaitProbe(CompletableFuture<?> probe, AnalysisException reason) implements Decision {}

    /** No circuit breaker lets it through. */
    record GiveUp(AnalysisException reason) implements Decision {}
}
