package org.imagesynset.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.imagesynset.VirtualTime;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalyzeOptions;
import org.imagesynset.analysis.Priority;
import org.imagesynset.http.RandomSidecars;
import org.imagesynset.settings.ImageSynsetSettings;
import org.imagesynset.sidecar.Backoff;
import org.imagesynset.sidecar.SidecarClient;
import org.junit.jupiter.api.Test;

/**
 * Ten thousand nodes with sidecars that do anything at any time, in virtual time: whatever happens,
 * each image is answered once and with what was said of it, and nothing is held in the end.
 */
class RandomSchedulesTests {
    private static final int SCHEDULES = 10_000;

    @Test
    void everyImageIsAnsweredOnceAndWithItsOwnAnswer() {
        Map<String, Integer> outcomes = new TreeMap<>();
        for (int seed = 0; seed < SCHEDULES; seed++) {
            new Schedule(seed).run(outcomes);
        }
        assertEquals(
                Set.of(
                        "breaker_open",
                        "not_an_image",
                        "ok",
                        "queue_full",
                        "sidecar_bad_response",
                        "sidecar_timeout",
                        "sidecar_unauthorized",
                        "sidecar_unavailable",
                        "stalled"),
                outcomes.keySet(),
                outcomes.toString());
    }

    /** One node's life. */
    private static final class Schedule {
        private final int seed;
        private final Random random;
        private final VirtualTime time;
        private final boolean oneAlwaysWorks;
        private final boolean closes;
        private final SidecarClient client;
        private final List<AnalysisQueue> queues = new ArrayList<>();
        private final Map<String, String> answers = new HashMap<>();

        Schedule(int seed) {
            this.seed = seed;
            random = new Random(seed);
            time = new VirtualTime(random);
            oneAlwaysWorks = random.nextInt(4) == 0;
            closes = random.nextInt(3) == 0;
            ImageSynsetSettings settings = settings();
            client =
                    new SidecarClient(
                            settings,
                            new RandomSidecars(time, random, oneAlwaysWorks).api(settings),
                            time,
                            time,
                            time::nanos,
                            new Backoff(random));
            for (Priority priority : Priority.values()) {
                queues.add(
                        new AnalysisQueue(
                                settings,
                                client,
                                priority,
                                time,
                                new ThreadContext(Settings.EMPTY),
                                time,
                                time::nanos));
            }
        }

        void run(Map<String, Integer> outcomes) {
            int images = 1 + random.nextInt(30);
            for (int i = 0; i < images; i++) {
                String image = (random.nextInt(20) == 0 ? "bad" : "image") + i;
                time.later(random.nextInt(2000), () -> submit(image));
            }
            if (closes) {
                time.later(random.nextInt(2000), this::close);
            }
            time.runAll();
            assertEquals(images, answers.size(), "seed " + seed);
            answers.values().forEach(answer -> outcomes.merge(answer, 1, Integer::sum));
            if (oneAlwaysWorks && closes == false) {
                assertTrue(
                        Set.of("ok", "not_an_image", "queue_full").containsAll(answers.values()),
                        "seed " + seed + ": " + answers);
            }
            for (AnalysisQueue queue : queues) {
                assertEquals(0, queue.stats().images(), "seed " + seed);
                assertEquals(0, queue.stats().bytes(), "seed " + seed);
            }
            assertEquals(0, client.counts().requests().inFlight(), "seed " + seed);
        }

        private void submit(String image) {
            queues.get(random.nextInt(queues.size()))
                    .submit(
                            image,
                            new AnalyzeOptions(10, AnalyzeOptions.NO_THUMBNAIL),
                            new ActionListener<>() {
                                @Override
                                public void onResponse(Analysis analysis) {
                                    assertEquals(image, analysis.synsets().getFirst().name());
                                    answered("ok");
                                }

                                @Override
                                public void onFailure(Exception e) {
                                    answered(((AnalysisException) e).type());
                                }

                                private void answered(String type) {
                                    String before = answers.put(image, type);
                                    if (before != null) {
                                        throw new AssertionError(
                                                "seed " + seed + ": a second answer to " + image);
                                    }
                                }
                            });
        }

        private void close() {
            if (random.nextBoolean()) {
                time.shutDown();
            }
            queues.forEach(AnalysisQueue::close);
            client.close();
        }

        private ImageSynsetSettings settings() {
            String urls =
                    IntStream.rangeClosed(1, 1 + random.nextInt(3))
                            .mapToObj(i -> "http://127.0.0.1:" + i)
                            .collect(Collectors.joining(","));
            Settings.Builder settings = Settings.builder();
            Map.of(
                            "sidecar.urls",
                            urls,
                            "request_timeout",
                            "3s",
                            // Long enough where nothing may be given up.
                            "stall_timeout",
                            oneAlwaysWorks ? "1h" : random.nextInt(1, 6) + "s",
                            "batch.max_items",
                            random.nextInt(1, 8),
                            "in_flight",
                            random.nextInt(1, 4),
                            "queue.max_bytes",
                            random.nextInt(100, 800) + "b",
                            "retries",
                            random.nextInt(4),
                            "breaker.failures",
                            random.nextInt(1, 6),
                            "breaker.open_for",
                            random.nextInt(1, 3000) + "ms")
                    .forEach(
                            (name, value) ->
                                    settings.put("ingest.image_synset." + name, value.toString()));
            Settings built = settings.build();
            return new ImageSynsetSettings(
                    built,
                    new ClusterSettings(built, Set.copyOf(ImageSynsetSettings.all())),
                    ImageSynsetSettings.UNNAMED);
        }
    }
}
