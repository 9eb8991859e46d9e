package org.imagesynset.sidecar;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.elasticsearch.core.TimeValue;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.http.SidecarApi;
import org.imagesynset.settings.ImageSynsetSettings;

/** The node's sidecars: which one is next, and what is to be waited for when there is none. */
final class Sidecars {
    /** A sidecar that is ready says so at once. */
    private static final TimeValue PROBE_TIMEOUT = TimeValue.timeValueSeconds(5);

    private static final int MAX_PROBE_BYTES = 1 << 16;
    private static final int OK = 200;

    private final ImageSynsetSettings settings;
    private final SidecarApi api;
    private final LongSupplier nanoTime;
    private final List<Sidecar> all;
    private final AtomicInteger turn = new AtomicInteger();

    Sidecars(ImageSynsetSettings settings, SidecarApi api, LongSupplier nanoTime) {
        this.settings = settings;
        this.api = api;
        this.nanoTime = nanoTime;
        this.all = settings.sidecarUrls().stream().map(url -> new Sidecar(url, settings)).toList();
    }

    /** Those whose breaker lets requests through; others are probed when it is time. */
    List<Sidecar> usable() {
        all.forEach(this::probeIfDue);
        return all.stream().filter(Sidecar::isUsable).toList();
    }

    /**
     * The one with the fewest requests under way, equal ones in turn, that neither was tried nor
     * asked to be left alone for a moment.
     */
    Optional<Sidecar> next(List<Sidecar> usable, Set<Sidecar> tried) {
        long now = nanoTime.getAsLong();
        List<Sidecar> able =
                new ArrayList<>(
                        usable.stream()
                                .filter(sidecar -> tried.contains(sidecar) == false)
                                .filter(sidecar -> sidecar.restNanos(now) == 0)
                                .toList());
        Collections.rotate(able, turn.getAndIncrement());
        return able.stream().min(Comparator.comparingInt(Sidecar::inFlight));
    }

    /** How long all of them still want to be left alone. */
    TimeValue rest(List<Sidecar> usable) {
        long now = nanoTime.getAsLong();
        return TimeValue.timeValueNanos(
                usable.stream().mapToLong(sidecar -> sidecar.restNanos(now)).min().orElse(0));
    }

    /** Done when one of the probes under way is; empty when there is none. */
    Optional<CompletableFuture<?>> probe() {
        CompletableFuture<?>[] probes =
                all.stream()
                        .map(Sidecar::probe)
                        .filter(probe -> probe.isDone() == false)
                        .toArray(CompletableFuture<?>[]::new);
        return probes.length == 0 ? Optional.empty() : Optional.of(CompletableFuture.anyOf(probes));
    }

    int count() {
        return all.size();
    }

    /** Gives each a new chance at once. */
    void forgive() {
        all.forEach(Sidecar::forgive);
    }

    List<SidecarStats> stats() {
        return all.stream().map(Sidecar::stats).toList();
    }

    /** What images are told while no breaker lets requests through. */
    AnalysisException noneUsable() {
        return AnalysisException.breakerOpen(
                "expected a sidecar that works, found each left alone after ["
                        + settings.breakerFailures()
                        + "] failures in a row, until it is ready again, which is asked every ["
                        + settings.breakerOpenFor()
                        + "]; the last of each: "
                        + String.join("; ", all.stream().map(Sidecar::lastReason).toList())
                        + "; mend the sidecar or change ["
                        + ImageSynsetSettings.BREAKER_OPEN_FOR.getKey()
                        + "]");
    }

    private void probeIfDue(Sidecar sidecar) {
        CompletableFuture<Void> probe = sidecar.beginProbe(nanoTime.getAsLong());
        if (probe == null) {
            return;
        }
        TimeValue timeout = settings.requestTimeout();
        api.get(
                        sidecar.url(),
                        "/health/ready",
                        MAX_PROBE_BYTES,
                        timeout.compareTo(PROBE_TIMEOUT) < 0 ? timeout : PROBE_TIMEOUT)
                .whenComplete(
                        (answer, failure) ->
                                sidecar.probed(
                                        probe,
                                        failure == null && answer.status() == OK,
                                        nanoTime.getAsLong()));
    }
}
