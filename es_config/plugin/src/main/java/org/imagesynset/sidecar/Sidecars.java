package org.imagesynset.sidecar;

import static org.elasticsearch.core.Strings.format;

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

    /**
     * What is to be done with a batch that some sidecars have failed in this round. Probes those
     * whose breaker is open and due.
     */
    Decision decide(Set<Sidecar> tried) {
        all.forEach(this::probeIfDue);
        List<Sidecar> usable = all.stream().filter(Sidecar::isUsable).toList();
        if (usable.isEmpty()) {
            return probe().<Decision>map(probe -> new Decision.AwaitProbe(probe, noneUsable()))
                    .orElseGet(() -> new Decision.GiveUp(noneUsable()));
        }
        long now = nanoTime.getAsLong();
        List<Sidecar> able =
                new ArrayList<>(
                        usable.stream()
                                .filter(sidecar -> tried.contains(sidecar) == false)
                                .filter(sidecar -> sidecar.retryAfterNanos(now) == 0)
                                .toList());
        if (able.isEmpty()) {
            TimeValue delay =
                    TimeValue.timeValueNanos(
                            usable.stream()
                                    .mapToLong(sidecar -> sidecar.retryAfterNanos(now))
                                    .min()
                                    .orElse(0));
            return tried.isEmpty() ? new Decision.Wait(delay) : new Decision.EndRound(delay);
        }
        // The fewest requests under way first, equal ones in turn.
        Collections.rotate(able, turn.getAndIncrement());
        return new Decision.Send(Collections.min(able, Comparator.comparingInt(Sidecar::inFlight)));
    }

    /** Done when one of the probes under way is; empty when there is none. */
    private Optional<CompletableFuture<?>> probe() {
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
    void reset() {
        all.forEach(Sidecar::reset);
    }

    List<SidecarStats> stats() {
        return all.stream().map(Sidecar::stats).toList();
    }

    /** The error of images while no breaker lets requests through. */
    private AnalysisException noneUsable() {
        return AnalysisException.breakerOpen(
                format(
                        "expected a working sidecar, found all unavailable after [%d] failures in a row; whether they are ready again is checked every [%s]; last failure of each: %s; fix the sidecar or change [%s]",
                        settings.breakerFailures(),
                        settings.breakerOpenFor(),
                        String.join("; ", all.stream().map(Sidecar::lastReason).toList()),
                        ImageSynsetSettings.BREAKER_OPEN_FOR.getKey()));
    }

    private void probeIfDue(Sidecar sidecar) {
        CompletableFuture<Void> probe = sidecar.beginProbe(nanoTime.getAsLong());
        if (probe == null) {
            return;
        }
        TimeValue timeout = settings.requestTimeout();
        api.ready(sidecar.url(), timeout.compareTo(PROBE_TIMEOUT) < 0 ? timeout : PROBE_TIMEOUT)
                .whenComplete(
                        (ready, failure) ->
                                sidecar.probed(probe, failure == null, nanoTime.getAsLong()));
    }
}
