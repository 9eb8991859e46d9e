/** The ingest processor {@code image_synset}. */
package org.imagesynset.ingest;
