package org.imagesynset.query.words;

import java.util.Collection;

/** The vocabularies that this cluster knows: ImageNet's, and those that {@code setup} stored. */
public interface Vocabularies {

    /** Of that name, or null. */
    Vocabulary get(String name);

    /** All of them, ImageNet's first. */
    Collection<Vocabulary> all();
}
