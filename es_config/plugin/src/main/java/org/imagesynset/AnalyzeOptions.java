package org.imagesynset;

/**
 * What a request asks about each of its images. Only images with equal options share a request.
 *
 * @param topK how many synsets at most, 1 to 1000
 * @param thumbnail longest side of the thumbnail in pixels, or {@link #NO_THUMBNAIL}
 */
record AnalyzeOptions(int topK, int thumbnail) {
    static final int NO_THUMBNAIL = 0;

    boolean wantsThumbnail() {
        return thumbnail != NO_THUMBNAIL;
    }
}
