package org.imagesynset.query;

/** Which scores the hits get. */
enum Mode {
    /** Those of the stored script. */
    EXACT,
    /** Those of the sparse vector alone, whose values have 9 significant bits. */
    CANDIDATES
}
