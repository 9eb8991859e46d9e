package org.imagesynset.sidecar;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.elasticsearch.action.ActionListener;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.ImageResult;
import org.imagesynset.analysis.ImageText;

/**
 * Sends a batch in parts, one after the other so that it takes no more than its one place among the
 * requests under way, and collects what comes of each.
 */
final class Parts {
    private final Batch whole;
    private final int size;
    private final boolean alone;
    private final Consumer<Batch> send;
    private final Consumer<List<ImageResult>> ended;
    private final List<ImageResult> results = new ArrayList<>();

    private Parts(
            Batch whole,
            int size,
            boolean alone,
            Consumer<Batch> send,
            Consumer<List<ImageResult>> ended) {
        this.whole = whole;
        this.size = size;
        this.alone = alone;
        this.send = send;
        this.ended = ended;
    }

    /**
     * @param send returns at once
     * @param ended gets the results in the order of the images
     */
    static void halves(Batch whole, Consumer<Batch> send, Consumer<List<ImageResult>> ended) {
        new Parts(whole, (whole.size() + 1) / 2, false, send, ended).next();
    }

    /** The same, image by image. */
    static void singles(Batch whole, Consumer<Batch> send, Consumer<List<ImageResult>> ended) {
        new Parts(whole, 1, true, send, ended).next();
    }

    private void next() {
        int begin = results.size();
        if (begin == whole.size()) {
            ended.accept(results);
            return;
        }
        List<ImageText> images =
                whole.request.images().subList(begin, Math.min(begin + size, whole.size()));
        send.accept(
                whole.part(
                        images,
                        alone,
                        new ActionListener<>() {
                            @Override
                            public void onResponse(List<ImageResult> part) {
                                results.addAll(part);
                                next();
                            }

                            @Override
                            public void onFailure(Exception e) {
                                // Its own, so that the others keep their results.
                                AnalysisException error = (AnalysisException) e;
                                results.addAll(Collections.nCopies(images.size(), error));
                                next();
                            }
                        }));
    }
}
