package org.imagesynset.bulk;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.imagesynset.document.DottedNames;

/**
 * Which changes of a document pipelines of ours have to see.
 *
 * @param images paths of the fields with images; empty where no pipeline analyzes any
 * @param words what is in the options of all their processors: an image may be made of another
 *     field, by [rename] for example
 * @param everything whether an image may be made of any field, as by a script
 */
record Watched(Set<String> images, Set<String> words, boolean everything) {
    static final Watched NOTHING = new Watched(Set.of(), Set.of(), false);

    boolean isEmpty() {
        return images.isEmpty();
    }

    /** Both together. */
    Watched and(Watched other) {
        return other.isEmpty()
                ? this
                : isEmpty()
                        ? other
                        : new Watched(
                                union(images, other.images),
                                union(words, other.words),
                                everything || other.everything);
    }

    /**
     * Whether a change may say anything about an image.
     *
     * @param change fields of a document; names with dots are expanded
     */
    boolean isTouchedBy(Map<String, Object> change) {
        DottedNames.expand(change, images);
        return isEmpty() == false
                && change.isEmpty() == false
                && (everything
                        || images.stream().anyMatch(image -> DottedNames.touches(change, image))
                        || change.keySet().stream()
                                .anyMatch(name -> words.containsAll(words(name))));
    }

    /** Of a text or a name, so that {@code photo} is found in {@code {{{photo.data}}}}. */
    static Collection<String> words(String text) {
        return Arrays.asList(text.split("\\W+"));
    }

    private static Set<String> union(Set<String> one, Set<String> other) {
        Set<String> both = new HashSet<>(one);
        both.addAll(other);
        return both;
    }
}
