/**
 * What Elasticsearch 8.19 and 9 name differently. Each class is there twice, in {@code java-es8}
 * and {@code java-es9}, with the same face to the rest of the plugin.
 */
package org.imagesynset.compat;
