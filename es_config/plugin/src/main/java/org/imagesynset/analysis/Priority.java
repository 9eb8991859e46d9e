package org.imagesynset.analysis;

import java.util.Locale;

/** Who waits for an analysis; the sidecar answers searches first. */
public enum Priority {
    /** A person who searches. */
    SEARCH,
    /** A document on its way into an index. */
    INGEST;

    /** The value of the header {@code X-Priority}. */
    public String header() {
        return name().toLowerCase(Locale.ROOT);
    }
}
