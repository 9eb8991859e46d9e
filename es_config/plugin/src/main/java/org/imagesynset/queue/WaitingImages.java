package org.imagesynset.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.elasticsearch.action.ActionListener;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.ImageText;

/**
 * Images in the order they came, apart by their options, which take turns. Not safe for use by
 * several threads.
 */
final class WaitingImages {

    /**
     * One image and who waits for its analysis.
     *
     * @param abandoned completed when nobody does any more
     */
    record Item(
            ImageText image,
            AnalyzeOptions options,
            CompletableFuture<Void> abandoned,
            ActionListener<Analysis> listener) {
        long bytes() {
            return image.heapBytes();
        }
    }

    private final Map<AnalyzeOptions, ArrayDeque<Item>> byOptions = new LinkedHashMap<>();

    void add(Item item) {
        byOptions.computeIfAbsent(item.options(), options -> new ArrayDeque<>()).add(item);
    }

    boolean isEmpty() {
        return byOptions.isEmpty();
    }

    /**
     * Takes the next images with equal options: at least one if any waits, then as many as fit both
     * bounds.
     */
    List<Item> nextBatch(int maxItems, long maxBytes) {
        if (isEmpty()) {
            return List.of();
        }
        AnalyzeOptions options = byOptions.keySet().iterator().next();
        ArrayDeque<Item> items = byOptions.remove(options);
        List<Item> batch = new ArrayList<>();
        long bytes = 0;
        do {
            Item item = items.poll();
            bytes += item.bytes();
            batch.add(item);
        } while (items.isEmpty() == false
                && batch.size() < maxItems
                && bytes + items.peek().bytes() <= maxBytes);
        if (items.isEmpty() == false) {
            byOptions.put(options, items);
        }
        return batch;
    }

    /** Takes that very one, if it waits. */
    boolean remove(Item item) {
        ArrayDeque<Item> items = byOptions.get(item.options());
        if (items == null || items.removeIf(other -> other == item) == false) {
            return false;
        }
        if (items.isEmpty()) {
            byOptions.remove(item.options());
        }
        return true;
    }

    /** Takes all. */
    List<Item> removeAll() {
        List<Item> all = new ArrayList<>();
        byOptions.values().forEach(all::addAll);
        byOptions.clear();
        return all;
    }
}
