package org.imagesynset;

/** The sidecar's answer about one image: what it shows, or the fault found in it. */
sealed interface ImageResult permits Analysis, AnalysisException {}
