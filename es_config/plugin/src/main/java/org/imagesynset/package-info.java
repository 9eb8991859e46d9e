/** The Elasticsearch plugin {@code ingest-image-synset}: what puts its parts together. */
package org.imagesynset;
