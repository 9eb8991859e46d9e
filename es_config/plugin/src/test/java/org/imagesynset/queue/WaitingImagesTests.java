package org.imagesynset.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.imagesynset.Images;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.queue.WaitingImages.Item;
import org.junit.jupiter.api.Test;

class WaitingImagesTests {
    private static final AnalyzeOptions PLAIN = new AnalyzeOptions(10, AnalyzeOptions.NO_THUMBNAIL);
    private static final AnalyzeOptions SMALL = new AnalyzeOptions(10, 64);
    private static final AnalyzeOptions FEATURES =
            new AnalyzeOptions(10, AnalyzeOptions.NO_THUMBNAIL, true);

    private final WaitingImages waiting = new WaitingImages();

    @Test
    void keepsTheOrderAndTheBoundOfItems() {
        add(PLAIN, "a", "b", "c");
        assertEquals(List.of("a", "b"), next(2, 100));
        assertEquals(List.of("c"), next(2, 100));
        assertTrue(waiting.isEmpty());
        assertEquals(List.of(), next(2, 100));
    }

    @Test
    void keepsTheBoundOfBytes() {
        add(PLAIN, "aaa", "bbb", "c", "dddddd", "e");
        assertEquals(List.of("aaa"), next(16, 5));
        assertEquals(List.of("bbb", "c"), next(16, 5));
        assertEquals(List.of("dddddd"), next(16, 5), "a bigger one goes alone");
        assertEquals(List.of("e"), next(16, 5));
    }

    @Test
    void optionsTakeTurns() {
        add(PLAIN, "a", "b", "c");
        add(SMALL, "x", "y", "z");
        assertEquals(List.of("a", "b"), next(2, 100));
        assertEquals(List.of("x", "y"), next(2, 100));
        assertEquals(List.of("c"), next(2, 100));
        assertEquals(List.of("z"), next(2, 100));
    }

    @Test
    void featuresAreAskedForApart() {
        add(PLAIN, "a");
        add(FEATURES, "x");
        add(PLAIN, "b");
        assertEquals(List.of("a", "b"), next(16, 100));
        assertEquals(List.of("x"), next(16, 100));
    }

    @Test
    void givesUpAll() {
        add(PLAIN, "a");
        add(SMALL, "x");
        assertEquals(
                List.of("a", "x"),
                waiting.removeAll().stream().map(WaitingImagesTests::text).toList());
        assertTrue(waiting.isEmpty());
    }

    private void add(AnalyzeOptions options, String... images) {
        for (String image : images) {
            waiting.add(new Item(Images.image(image), options, null, null));
        }
    }

    private List<String> next(int maxItems, long maxBytes) {
        return waiting.nextBatch(maxItems, maxBytes).stream()
                .map(WaitingImagesTests::text)
                .toList();
    }

    private static String text(Item item) {
        return Images.text(item.image());
    }
}
