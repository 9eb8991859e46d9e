package org.imagesynset;

import static org.elasticsearch.core.Strings.format;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.imagesynset.memory.LargeTexts;
import org.imagesynset.query.ImageAnalyzer;
import org.imagesynset.query.words.Vocabulary;
import org.imagesynset.settings.ImageSynsetSettings;

/**
 * Chooses the sidecars that a search's image is sent to: those that the query names, or else the
 * first that name what an image shows in a vocabulary of the indices searched.
 *
 * <p>First are those without a name, then the others in alphabetical order, so that a search finds
 * the same through every node.
 */
final class SearchSidecars implements ImageAnalyzer {
    /**
     * Bytes on the heap for each character of an image, in every search that has it: the request
     * and its text, which may take two bytes a character.
     */
    private static final long HELD = 4;

    private final Map<String, SidecarGroup> groups;
    private final ThreadContext threadContext;
    private final LargeTexts texts;

    /**
     * @param groups by name, in the order in which they are chosen
     * @param texts what images take of the heap
     */
    SearchSidecars(
            Map<String, SidecarGroup> groups, ThreadContext threadContext, LargeTexts texts) {
        this.groups = groups;
        this.threadContext = threadContext;
        this.texts = texts;
    }

    @Override
    public void analyze(
            String image,
            int topK,
            String sidecar,
            Set<String> vocabularies,
            ActionListener<Seen> listener) {
        texts.hold(
                HELD * image.length(),
                "a search's image of " + image.length() + " characters",
                listener,
                held -> ask(image, topK, sidecar, vocabularies, held));
    }

    private void ask(
            String image,
            int topK,
            String sidecar,
            Set<String> vocabularies,
            ActionListener<Seen> listener) {
        if (sidecar.isEmpty() == false) {
            named(sidecar).queriedImages().analyze(image, topK, vocabularies, listener);
        } else if (groups.size() == 1 || vocabularies.isEmpty()) {
            unnamed().queriedImages().analyze(image, topK, vocabularies, listener);
        } else {
            choose(
                    vocabularies,
                    listener.delegateFailureAndWrap(
                            (next, chosen) ->
                                    chosen.queriedImages()
                                            .analyze(image, topK, vocabularies, next)));
        }
    }

    private SidecarGroup named(String name) {
        SidecarGroup group = groups.get(name);
        if (group == null) {
            throw new IllegalArgumentException(
                    format(
                            "[image_synset] expected [sidecar] to be one of %s, which this node names, found [%s]; set [%s] in the elasticsearch.yml of every node",
                            groups.keySet().stream().filter(known -> !known.isEmpty()).toList(),
                            name,
                            ImageSynsetSettings.NAMED_URLS.getKey()));
        }
        return group;
    }

    private SidecarGroup unnamed() {
        return groups.get(ImageSynsetSettings.UNNAMED);
    }

    /** By the models as they are now; of sidecars that don't answer, as they last were. */
    private void choose(Set<String> vocabularies, ActionListener<SidecarGroup> listener) {
        Supplier<ThreadContext.StoredContext> caller = threadContext.newRestorableContext(false);
        Collection<SidecarGroup> all = groups.values();
        List<CompletableFuture<String>> asked =
                all.stream().map(group -> group.currentModel().vocabulary()).toList();
        CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .whenComplete(
                        (done, failure) -> {
                            try (ThreadContext.StoredContext ignored = caller.get()) {
                                // Of a failure too: whoever searches must hear of it.
                                ActionListener.completeWith(
                                        listener, () -> chosen(vocabularies, asked));
                            }
                        });
    }

    private SidecarGroup chosen(Set<String> vocabularies, List<CompletableFuture<String>> asked) {
        SidecarGroup unknown = null;
        int number = 0;
        for (SidecarGroup group : groups.values()) {
            String vocabulary = asked.get(number++).join();
            if (vocabulary == null && group == unnamed()) {
                vocabulary = Vocabulary.IMAGENET;
            }
            if (vocabulary == null) {
                unknown = unknown == null ? group : unknown;
            } else if (vocabularies.contains(vocabulary)) {
                return group;
            }
        }
        // Whichever it is, its answer says what is wrong.
        return unknown == null ? unnamed() : unknown;
    }
}
