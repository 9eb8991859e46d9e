package org.imagesynset.query.kinds;

import java.util.Set;

/** What similarity by kinds needs to know of a vocabulary. */
public interface Hierarchy {

    /** Names of the model's classes, as in the fields {@code synset.<name>}. */
    Set<String> classes();

    /**
     * The concepts above a class, its own included, each once.
     *
     * @return empty for a name that is not a class
     */
    Set<String> above(String className);

    /**
     * The share of the classes that are a concept or lie under it, above 0 and at most 1.
     *
     * @throws IllegalArgumentException if there is no such concept
     */
    double share(String concept);
}
