/**
 * The query {@code image_synset}.
 *
 * <p>A query's way: {@link org.imagesynset.query.ImageSynsetQueryParser} reads and checks it,
 * {@link org.imagesynset.query.ImageSynsetQueryBuilder} turns an image or a document into synsets
 * and weights on the coordinating node and travels to the shards, {@link
 * org.imagesynset.query.LuceneQueries} makes there an {@link
 * org.imagesynset.query.lucene.ImageSynsetQuery}, which finds and scores, and {@link
 * org.imagesynset.query.WhyPhase} explains hits on request.
 */
package org.imagesynset.query;
