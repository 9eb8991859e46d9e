/** What people type into a search box: words, what they must not be, and what belongs together. */
package org.imagesynset.query.grammar;
