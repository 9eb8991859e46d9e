package org.imagesynset.ingest;

import java.util.concurrent.atomic.LongAdder;
import org.imagesynset.analysis.AnalysisException;

/** Counts what became of the documents that passed a processor of this node. */
public final class DocumentCounts {
    private final LongAdder ok = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder pending = new LongAdder();
    private final LongAdder reused = new LongAdder();
    private final LongAdder kept = new LongAdder();
    private final LongAdder withoutImage = new LongAdder();

    void ok() {
        ok.increment();
    }

    /** A document without synsets, by whose fault. */
    void fault(AnalysisException.Fault fault) {
        switch (fault) {
            case IMAGE -> failed.increment();
            case SIDECAR -> pending.increment();
        }
    }

    /** A document whose image had been analyzed before. */
    void reused() {
        reused.increment();
    }

    /** A document that came without an image and kept the analysis that it had. */
    void kept() {
        kept.increment();
    }

    /** A document without an image and without an analysis to keep. */
    void withoutImage() {
        withoutImage.increment();
    }

    public DocumentStats stats() {
        return new DocumentStats(
                ok.sum(),
                failed.sum(),
                pending.sum(),
                reused.sum(),
                kept.sum(),
                withoutImage.sum());
    }
}
