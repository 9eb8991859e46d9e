package org.imagesynset.query.words;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.lucene.search.spell.LevenshteinDistance;

/** What somebody may have meant who wrote a name that nobody knows. */
public record Suggestions(Collection<String> names) {
    private static final LevenshteinDistance NEARNESS = new LevenshteinDistance();
    private static final double NEAR = 0.6;
    private static final int MOST = 3;
    private static final int MOST_UNKNOWN = 10;

    /** The unknown names, each with the nearest known ones. */
    public String of(List<String> unknown) {
        String listed =
                unknown.stream()
                        .limit(MOST_UNKNOWN)
                        .map(this::withNearest)
                        .collect(Collectors.joining(", "));
        int more = unknown.size() - MOST_UNKNOWN;
        return more > 0 ? listed + " and [" + more + "] more" : listed;
    }

    private String withNearest(String unknown) {
        List<String> nearest = nearest(unknown);
        String shown = "[" + unknown.substring(0, Math.min(unknown.length(), 64)) + "]";
        return nearest.isEmpty()
                ? shown + " (nothing similar is known)"
                : shown + " (near: " + String.join(", ", nearest) + ")";
    }

    /** At most three, the nearest first. */
    public List<String> nearest(String unknown) {
        String asked = unknown.toLowerCase(Locale.ROOT);
        if (asked.length() > 64) {
            return List.of();
        }
        record Near(String name, double nearness) {}
        return names.stream()
                .map(name -> new Near(name, nearness(asked, name.toLowerCase(Locale.ROOT))))
                .filter(near -> near.nearness() >= NEAR)
                .sorted(
                        Comparator.comparingDouble(Near::nearness)
                                .reversed()
                                .thenComparing(Near::name))
                .limit(MOST)
                .map(Near::name)
                .toList();
    }

    /** A name that has the whole word in it is nearer than its length says. */
    private static double nearness(String asked, String name) {
        for (String word : name.split("[ _-]")) {
            if (word.equals(asked)) {
                return 0.9;
            }
        }
        // What differs so much in length can't be near.
        double shorter = Math.min(asked.length(), name.length());
        return shorter < NEAR * Math.max(asked.length(), name.length())
                ? 0
                : NEARNESS.getDistance(asked, name);
    }
}
