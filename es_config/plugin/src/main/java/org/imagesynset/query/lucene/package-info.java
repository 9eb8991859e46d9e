/** The Lucene query that finds by sparse vectors and scores exactly. */
package org.imagesynset.query.lucene;
