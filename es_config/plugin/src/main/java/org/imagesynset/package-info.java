/**
 * The Elasticsearch plugin {@code ingest-image-synset}.
 *
 * <p>A document's way: {@link org.imagesynset.ImageSynsetProcessor} reads the image from the
 * document, {@link org.imagesynset.AnalysisQueue} holds it until a request slot is free, {@link
 * org.imagesynset.SidecarClient} sends a batch, {@link org.imagesynset.AnalyzeResponse} checks the
 * answer, and {@link org.imagesynset.DocumentFields} writes the outcome. A query's image goes the
 * same way through {@link org.imagesynset.QueriedImages}; the query itself is the package {@code
 * query}.
 */
package org.imagesynset;
