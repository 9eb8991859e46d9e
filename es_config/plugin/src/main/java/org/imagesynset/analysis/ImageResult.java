package org.imagesynset.analysis;

/** The sidecar's answer about one image: what it shows, or the fault found in it. */
public sealed interface ImageResult permits Analysis, AnalysisException {}
