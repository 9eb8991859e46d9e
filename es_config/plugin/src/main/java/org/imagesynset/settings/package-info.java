/** The node's settings {@code ingest.image_synset.*}. */
package org.imagesynset.settings;
