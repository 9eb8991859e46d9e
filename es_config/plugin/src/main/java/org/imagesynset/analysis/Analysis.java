package org.imagesynset.analysis;

import java.util.List;
import java.util.Map;

/**
 * What the model saw in one image.
 *
 * @param model the model that looked
 * @param synsets the best classes, scores descending, names distinct and free of dots
 * @param concepts probability mass by concept, 0 to 1
 * @param image facts about the image itself
 * @param thumbnail a small JPEG in base64, or null when none was asked for
 * @param features the penultimate layer's output, finite, or null when none was asked for
 */
public record Analysis(
        Model model,
        List<Synset> synsets,
        Map<String, Double> concepts,
        ImageFacts image,
        String thumbnail,
        List<Float> features)
        implements ImageResult {

    /**
     * @param vocabulary the name of the vocabulary that its classes are of
     */
    public record Model(String name, String version, String weightsSha256, String vocabulary) {
        /** That of a sidecar that names none, and what every document has that names none. */
        public static final String IMAGENET = "imagenet";

        public Model(String name, String version, String weightsSha256) {
            this(name, version, weightsSha256, IMAGENET);
        }
    }

    /** One class: its key, its WordNet id, its words, and its probability from 0 to 1. */
    public record Synset(String name, String wind, String words, double score) {}

    /** Width and height in pixels, and the encoded image's length in bytes. */
    public record ImageFacts(String sha256, String format, int width, int height, long bytes) {}
}
