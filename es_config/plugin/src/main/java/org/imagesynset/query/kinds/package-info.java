/** Similarity by kinds: a query's synsets expanded over the hierarchy of concepts. */
package org.imagesynset.query.kinds;
