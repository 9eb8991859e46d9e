/** What became of the words of a search, in the body of its answer. */
package org.imagesynset.query.feedback;
