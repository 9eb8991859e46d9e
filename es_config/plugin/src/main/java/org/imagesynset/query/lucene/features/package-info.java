/**
 * Lucene's features, the values that they were rounded from, and what is known of whole segments.
 */
package org.imagesynset.query.lucene.features;
