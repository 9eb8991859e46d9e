package org.imagesynset.ingest;

import org.imagesynset.queue.AnalysisQueue;

/**
 * What analyzes documents' images: the sidecars of one name.
 *
 * @param queue where the images wait
 * @param model that would analyze one now
 * @param counts of the documents
 */
public record Analyzer(AnalysisQueue queue, CurrentModel model, DocumentCounts counts) {}
