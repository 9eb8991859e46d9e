package org.imagesynset;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.IndicesRequest;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.ComponentTemplate;
import org.elasticsearch.cluster.metadata.ComposableIndexTemplate;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.metadata.Template;
import org.imagesynset.compat.ClusterMetadata;
import org.imagesynset.ingest.HeldVocabularies;
import org.imagesynset.query.words.IndexVocabulary;
import org.imagesynset.query.words.OwnWords;
import org.imagesynset.query.words.Vocabularies;
import org.imagesynset.query.words.Vocabulary;

/**
 * The vocabularies that {@code image-synset setup} stored, each in the {@code _meta} of a component
 * template of its own: part of the cluster's state, so every node has them in memory, after a
 * restart too, and whoever may put templates may put them.
 */
final class ClusterVocabularies implements Vocabularies, HeldVocabularies {
    private static final Logger logger = LogManager.getLogger(ClusterVocabularies.class);

    private static final String PREFIX = "image-synset-vocabulary-";
    private static final String META = "image_synset";

    /** A vocabulary and what it was read from, which is another object once it has changed. */
    private record Known(Map<String, Object> meta, Vocabulary vocabulary) {}

    private final Supplier<ClusterState> state;
    private final ClusterWords words;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    ClusterVocabularies(Supplier<ClusterState> state) {
        this.state = state;
        words = new ClusterWords(state);
    }

    @Override
    public Vocabulary get(String name) {
        Vocabulary vocabulary = Vocabulary.imagenet();
        if (name.equals(Vocabulary.IMAGENET) == false) {
            ComponentTemplate template =
                    ClusterMetadata.componentTemplates(state.get()).get(PREFIX + name);
            vocabulary = template == null ? null : read(name, template.metadata());
        }
        return vocabulary == null ? null : vocabulary.with(words.now());
    }

    @Override
    public Collection<Vocabulary> all() {
        List<Vocabulary> all = new ArrayList<>();
        OwnWords own = words.now();
        all.add(Vocabulary.imagenet().with(own));
        ClusterMetadata.componentTemplates(state.get())
                .forEach(
                        (id, template) -> {
                            if (id.startsWith(PREFIX)) {
                                String name = id.substring(PREFIX.length());
                                Vocabulary vocabulary = read(name, template.metadata());
                                if (vocabulary != null
                                        && name.equals(Vocabulary.IMAGENET) == false) {
                                    all.add(vocabulary.with(own));
                                }
                            }
                        });
        return all;
    }

    /** Those of the indices of a request; all where the indices don't say. */
    Collection<Vocabulary> searched(
            IndexNameExpressionResolver resolver, IndicesRequest request, String root) {
        Map<String, Vocabulary> found = new LinkedHashMap<>();
        try {
            for (IndexMetadata index : ClusterMetadata.indices(state.get(), resolver, request)) {
                IndexVocabulary.of(index, root)
                        .map(held -> get(held.name()))
                        .ifPresent(vocabulary -> found.put(vocabulary.name(), vocabulary));
            }
        } catch (ResourceNotFoundException e) {
            // The search itself says so, to those who may know which indices there are.
            return all();
        }
        return found.isEmpty() ? all() : found.values();
    }

    @SuppressWarnings("unchecked")
    private Vocabulary read(String name, Map<String, Object> meta) {
        Known before = known.get(name);
        if (before != null && before.meta() == meta) {
            return before.vocabulary();
        }
        Vocabulary vocabulary = null;
        try {
            Map<String, Object> ours = (Map<String, Object>) Objects.requireNonNull(meta).get(META);
            vocabulary = Vocabulary.read((Map<String, Object>) ours.get("vocabulary"));
        } catch (RuntimeException e) {
            // Anybody who may put templates may have put another.
            logger.warn("component template [{}{}] holds no vocabulary: {}", PREFIX, name, e);
        }
        if (meta != null) {
            known.put(name, new Known(meta, vocabulary));
        }
        return vocabulary;
    }

    @Override
    public Held held(String index, String root) {
        ClusterState now = state.get();
        IndexMetadata there = ClusterMetadata.writeIndex(now, index);
        if (there != null) {
            return new Held(true, IndexVocabulary.of(there, root));
        }
        ComposableIndexTemplate template = ClusterMetadata.indexTemplate(now, index);
        return template == null
                ? new Held(false, Optional.empty())
                : new Held(true, ofTemplate(now, template, root));
    }

    /** The last part of a template that says something counts, as where an index is made. */
    private static Optional<IndexVocabulary> ofTemplate(
            ClusterState state, ComposableIndexTemplate template, String root) {
        Map<String, ComponentTemplate> components = ClusterMetadata.componentTemplates(state);
        Stream<Template> parts =
                Stream.concat(
                        template.composedOf().stream()
                                .map(components::get)
                                .filter(Objects::nonNull)
                                .map(ComponentTemplate::template),
                        Stream.ofNullable(template.template()));
        return parts.map(Template::mappings)
                .filter(Objects::nonNull)
                .flatMap(mappings -> IndexVocabulary.of(mappings, root).stream())
                .reduce((earlier, later) -> later);
    }
}
