/** The scores that documents have, by synset or concept, from doc values and scripts. */
package org.imagesynset.query.scores;
