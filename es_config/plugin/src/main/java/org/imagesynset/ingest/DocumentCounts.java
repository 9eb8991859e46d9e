package org.imagesynset.ingest;

import java.util.concurrent.atomic.LongAdder;
import org.imagesynset.analysis.AnalysisException;

/** Counts what became of the documents that passed a processor of this node. */
public final class DocumentCounts {
    private final LongAdder ok = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder pending = new LongAdder();
    private final LongAdder reused = new LongAdder();

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

    /** A document that kept the synsets it had. */
    void reused() {
        reused.increment();
    }

    public DocumentStats stats() {
        return new DocumentStats(ok.sum(), failed.sum(), pending.sum(), reused.sum());
    }
}
