package org.imagesynset.bulk;

import java.util.ArrayDeque;
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

/** Which fields of documents have images that a pipeline analyzes. Remembers, so one for a bulk. */
final class ImagePipelines {
    private static final String NONE = "_none";
    private static final String DEFAULT_FIELD = "image";

    private final Pipelines pipelines;
    private final Map<String, Set<String>> byIndex = new HashMap<>();
    private final Map<String, Set<String>> byPipeline = new HashMap<>();

    ImagePipelines(Pipelines pipelines) {
        this.pipelines = pipelines;
    }

    /** By the index's default and final pipeline; empty where none of them analyzes. */
    Set<String> fieldsOfIndex(String index) {
        return byIndex.computeIfAbsent(
                index,
                name -> {
                    IndexRequest request = new IndexRequest(name);
                    pipelines.resolve(request);
                    Set<String> fields = new HashSet<>(fieldsOf(request.getPipeline()));
                    fields.addAll(fieldsOf(request.getFinalPipeline()));
                    return fields;
                });
    }

    /** By a pipeline and those that it calls; empty where it doesn't analyze. */
    Set<String> fieldsOf(String pipeline) {
        if (pipeline == null || pipeline.equals(NONE)) {
            return Set.of();
        }
        // Not computeIfAbsent: pipelines call one another.
        Set<String> known = byPipeline.get(pipeline);
        if (known == null) {
            known = read(pipeline);
            byPipeline.put(pipeline, known);
        }
        return known;
    }

    private Set<String> read(String first) {
        Map<String, PipelineConfiguration> all = pipelines.all();
        Set<String> fields = new HashSet<>();
        Set<String> called = new HashSet<>(Set.of(first));
        Deque<String> todo = new ArrayDeque<>(List.of(first));
        while (todo.isEmpty() == false) {
            PipelineConfiguration pipeline = all.get(todo.pop());
            if (pipeline != null) {
                read(pipeline.getConfig(), fields, called, todo);
            }
        }
        return fields;
    }

    /** Processors stand in lists, on_failure and foreach at any depth. */
    private static void read(
            Object config, Set<String> fields, Set<String> called, Deque<String> todo) {
        if (config instanceof List<?> list) {
            list.forEach(element -> read(element, fields, called, todo));
        } else if (config instanceof Map<?, ?> map) {
            if (map.get(ImageSynsetProcessor.TYPE) instanceof Map<?, ?> options) {
                fields.add(options.get("field") instanceof String name ? name : DEFAULT_FIELD);
            }
            if (map.get("pipeline") instanceof Map<?, ?> call
                    && call.get("name") instanceof String name
                    && called.add(name)) {
                todo.add(name);
            }
            map.values().forEach(value -> read(value, fields, called, todo));
        }
    }
}
