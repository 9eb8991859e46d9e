/** The classes and concepts that a query can name, and the words that people have for them. */
package org.imagesynset.query.words;
