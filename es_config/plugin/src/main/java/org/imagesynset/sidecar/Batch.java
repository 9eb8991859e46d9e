package org.imagesynset.sidecar;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.UUIDs;
import org.imagesynset.analysis.ImageResult;
import org.imagesynset.analysis.ImageText;
import org.imagesynset.analysis.Priority;
import org.imagesynset.http.AnalyzeRequest;
import org.imagesynset.http.SidecarFailure;

/** Images on their way; used by one thread at a time. */
final class Batch {
    final AnalyzeRequest request;
    final Priority priority;
    final ActionListener<List<ImageResult>> listener;

    /** Completed when nobody waits for any of its images any more. */
    final CompletableFuture<Void> abandoned;

    /** Whether it is one image of a batch that failed as a whole. */
    final boolean isolated;

    final String id = UUIDs.randomBase64UUID();
    final Set<Sidecar> triedThisRound = new HashSet<>();
    int round;
    int probesAwaited;
    boolean sent;

    /** Both null until a request of it has failed. */
    SidecarFailure lastFailure;

    Sidecar lastSidecar;

    Batch(
            AnalyzeRequest request,
            Priority priority,
            CompletableFuture<Void> abandoned,
            ActionListener<List<ImageResult>> listener,
            boolean isolated) {
        this.request = request;
        this.abandoned = abandoned;
        this.priority = priority;
        this.listener = listener;
        this.isolated = isolated;
    }

    /** A part of it, as a request of its own. */
    Batch part(
            List<ImageText> images,
            boolean alone,
            ActionListener<List<ImageResult>> partsListener) {
        Batch part =
                new Batch(
                        new AnalyzeRequest(request.options(), images),
                        priority,
                        abandoned,
                        partsListener,
                        alone);
        // What is sent image by image is sent again.
        part.sent = alone;
        return part;
    }

    /**
     * How often it is tried again: one image of a batch that was tried often is tried once more.
     */
    int rounds(int retries) {
        return isolated ? Math.min(1, retries) : retries;
    }

    int size() {
        return request.images().size();
    }

    /**
     * Whether the failure leaves open who is to blame, the sidecar or an image: then its other
     * images will tell.
     */
    boolean isUndecided(SidecarFailure failure) {
        return switch (failure.kind()) {
            case UNUSABLE -> isolated || size() > 1;
            // A lone image that is tried again and fails again says nothing new of the sidecar.
            case LOST -> isolated || (size() == 1 && round > 0);
            default -> false;
        };
    }
}
