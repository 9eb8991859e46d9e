package org.imagesynset.query.words;

/**
 * A word of a search, or several that belong together, and what it was understood as.
 *
 * @param text as it was written
 * @param start where it begins in the text
 * @param corrected what it was taken for where it was misspelled; else null
 */
public record Understood(String text, int start, Reading reading, String corrected) {

    /** Whether something can be searched for by it. */
    public boolean isSearched() {
        return reading.searched().isEmpty() == false;
    }
}
