package org.imagesynset.analysis;

/**
 * What a request asks about each of its images. Only images with equal options share a request.
 *
 * @param topK how many synsets at most, 1 to 1000
 * @param thumbnail longest side of the thumbnail in pixels, or {@link #NO_THUMBNAIL}
 * @param features whether to ask for the penultimate layer's output
 */
public record AnalyzeOptions(int topK, int thumbnail, boolean features) {
    public static final int NO_THUMBNAIL = 0;

    /** Without features. */
    public AnalyzeOptions(int topK, int thumbnail) {
        this(topK, thumbnail, false);
    }

    public boolean wantsThumbnail() {
        return thumbnail != NO_THUMBNAIL;
    }
}
