package org.imagesynset.bulk;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.ingest.PipelineConfiguration;
import org.imagesynset.compat.Pipelines;
import org.imagesynset.ingest.ImageSynsetProcessor;

/** Which changes of documents pipelines of ours have to see. Remembers, so one for a bulk. */
final class ImagePipelines {
    private static final String NONE = "_none";
    private static final String DEFAULT_FIELD = "image";

    private final Pipelines pipelines;
    private final Map<String, Watched> byIndex = new HashMap<>();
    private final Map<String, Watched> byPipeline = new HashMap<>();

    ImagePipelines(Pipelines pipelines) {
        this.pipelines = pipelines;
    }

    /** By the index's default and final pipeline; empty where none of them analyzes. */
    Watched ofIndex(String index) {
        return byIndex.computeIfAbsent(
                index,
                name -> {
                    IndexRequest request = new IndexRequest(name);
                    pipelines.resolve(request);
                    return of(request.getPipeline()).and(of(request.getFinalPipeline()));
                });
    }

    /** By a pipeline and those that it leads to; empty where none of them analyzes. */
    Watched of(String pipeline) {
        return pipeline == null || pipeline.equals(NONE)
                ? Watched.NOTHING
                : byPipeline.computeIfAbsent(pipeline, first -> new Reading(first).watched());
    }

    /** Of one pipeline, with those that it calls. */
    private final class Reading {
        private final Map<String, PipelineConfiguration> all = pipelines.all();
        private final Set<String> called = new HashSet<>();
        private final Deque<String> waiting = new ArrayDeque<>();
        private final Set<String> images = new HashSet<>();
        private final Set<String> words = new HashSet<>();
        private boolean everything;

        Reading(String first) {
            call(Set.of(first));
            while (waiting.isEmpty() == false) {
                processors(all.get(waiting.pop()).getConfig());
            }
        }

        Watched watched() {
            return images.isEmpty() ? Watched.NOTHING : new Watched(images, words, everything);
        }

        private void call(Collection<String> names) {
            names.stream().filter(all::containsKey).filter(called::add).forEach(waiting::add);
        }

        /** Processors stand in lists, in on_failure and foreach, at any depth. */
        private void processors(Object config) {
            if (config instanceof List<?> list) {
                list.forEach(this::processors);
            } else if (config instanceof Map<?, ?> map) {
                map.forEach(
                        (type, options) -> {
                            if (options instanceof Map<?, ?> values) {
                                processor((String) type, values);
                            }
                            processors(options);
                        });
            }
        }

        private void processor(String type, Map<?, ?> options) {
            switch (type) {
                case ImageSynsetProcessor.TYPE ->
                        images.add(
                                options.get("field") instanceof String name ? name : DEFAULT_FIELD);
                case "pipeline" -> {
                    String name = String.valueOf(options.get("name"));
                    // Each document says by itself which one it is.
                    call(name.contains("{{") ? all.keySet() : Set.of(name));
                }
                // Then come the pipelines of another index, which the document may choose too.
                case "reroute" -> call(all.keySet());
                case "script" -> everything = true;
                default -> {}
            }
            options.values().forEach(this::words);
        }

        private void words(Object option) {
            switch (option) {
                case String text -> words.addAll(Watched.words(text));
                case List<?> list -> list.forEach(this::words);
                case Map<?, ?> map -> {
                    map.keySet().forEach(this::words);
                    map.values().forEach(this::words);
                }
                case null, default -> {}
            }
        }
    }
}
