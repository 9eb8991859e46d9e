package org.imagesynset.ingest;

/** Outcomes of the processor. */
public record DocumentStats(long ok, long failed, long pending, long reused) {}
