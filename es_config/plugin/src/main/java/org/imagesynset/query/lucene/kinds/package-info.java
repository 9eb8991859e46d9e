/** The Lucene query by kinds, whose weights are hundreds. */
package org.imagesynset.query.lucene.kinds;
