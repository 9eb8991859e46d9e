package org.imagesynset.sidecar;

import java.net.URI;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.http.SidecarFailure;
import org.imagesynset.settings.ImageSynsetSettings;
import org.imagesynset.sidecar.Breaker.State;

/** What this node knows of one sidecar, and whether it may be asked now. */
final class Sidecar {
    private static final Logger logger = LogManager.getLogger(Sidecar.class);

    private final URI url;
    private final ImageSynsetSettings settings;
    private final Breaker breaker = new Breaker();

    // All guarded by this.
    private int inFlight;
    private long requests;
    private long failures;
    private long backingOffUntil;
    private boolean backingOff;
    private boolean unavailable;
    private SidecarStats.Failure lastFailure;
    private Analysis.Model model;
    private CompletableFuture<Void> probe = CompletableFuture.completedFuture(null);

    Sidecar(URI url, ImageSynsetSettings settings) {
        this.url = url;
        this.settings = settings;
    }

    URI url() {
        return url;
    }

    /** Requests under way. */
    synchronized int inFlight() {
        return inFlight;
    }

    /** Whether its breaker lets requests through. */
    boolean isUsable() {
        return breaker.state() == State.CLOSED;
    }

    /** Nanoseconds until the end of its Retry-After; 0 when it is over. */
    synchronized long retryAfterNanos(long now) {
        return backingOff ? Math.max(backingOffUntil - now, 0) : 0;
    }

    /** Done when the last probe that was started is answered. */
    synchronized CompletableFuture<Void> probe() {
        return probe;
    }

    /** The probe that the caller is to make now and to tell {@link #probed} of; null for none. */
    synchronized CompletableFuture<Void> beginProbe(long now) {
        if (breaker.beginProbe(settings.breakerOpenFor().nanos(), now) == false) {
            return null;
        }
        probe = new CompletableFuture<>();
        return probe;
    }

    /**
     * @param started which may not be the last one: a request that was under way can close the
     *     breaker meanwhile, and others open it again
     */
    void probed(CompletableFuture<Void> started, boolean ready, long now) {
        if (ready) {
            breaker.probeSucceeded();
        } else {
            breaker.probeFailed(now);
        }
        started.complete(null);
    }

    synchronized void started() {
        inFlight++;
    }

    /**
     * @param answeredBy the model, or null when the answer names none
     */
    synchronized void succeeded(Analysis.Model answeredBy) {
        inFlight--;
        requests++;
        model = answeredBy == null ? model : answeredBy;
        backingOff = false;
        breaker.succeeded();
        if (unavailable) {
            unavailable = false;
            logger.info("sidecar [{}] is back", url);
        }
    }

    /** A request was ended because nobody waited any more, which says nothing of the sidecar. */
    synchronized void abandoned() {
        inFlight--;
        requests++;
    }

    /**
     * @param undecided whether an image may be to blame, so that the breaker is not to count it yet
     */
    synchronized void failed(SidecarFailure failure, boolean undecided, long now) {
        inFlight--;
        requests++;
        failures++;
        lastFailure = new SidecarStats.Failure(Instant.now(), failure.getMessage());
        if (failure.retryAfter().nanos() > 0) {
            backingOff = true;
            backingOffUntil = now + failure.retryAfter().nanos();
        }
        if (failure.kind().sidecarsFault() && undecided == false) {
            countFailure(failure, now);
        }
    }

    /** Has the breaker count a failure that was undecided. */
    synchronized void blamed(SidecarFailure failure, long now) {
        countFailure(failure, now);
    }

    private void countFailure(SidecarFailure failure, long now) {
        breaker.failed(settings.breakerFailures(), now);
        if (breaker.state() == State.OPEN && unavailable == false) {
            unavailable = true;
            logger.warn(
                    "sidecar [{}] is unavailable: [{}] failures in a row; nothing is sent to it until its /health/ready answers 200, which is checked every [{}]; last failure: {}",
                    url,
                    breaker.failures(),
                    settings.breakerOpenFor(),
                    failure.getMessage());
        }
    }

    /** Lets requests through again; what failed before says nothing of what comes. */
    void reset() {
        breaker.succeeded();
    }

    /** The last failure's reason, or that there was none. */
    synchronized String lastReason() {
        return lastFailure == null ? "none" : lastFailure.reason();
    }

    synchronized SidecarStats stats() {
        return new SidecarStats(
                url.toString(),
                breaker.state().name().toLowerCase(Locale.ROOT),
                breaker.failures(),
                requests,
                failures,
                lastFailure,
                model);
    }
}
