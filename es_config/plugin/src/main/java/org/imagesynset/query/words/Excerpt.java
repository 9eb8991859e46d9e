package org.imagesynset.query.words;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** What a client sent, as an error message shows it: the beginning, if it is long. */
public final class Excerpt {
    private static final int MAX = 100;

    private final StringBuilder shown = new StringBuilder();

    private Excerpt() {}

    /** As {@code String.valueOf} has it, up to a hundred characters, without making the rest. */
    public static String of(Object value) {
        Excerpt excerpt = new Excerpt();
        excerpt.add(value);
        return excerpt.isFull() ? excerpt.shown.substring(0, MAX) + "…" : excerpt.shown.toString();
    }

    private boolean isFull() {
        return shown.length() > MAX;
    }

    private void add(Object value) {
        switch (value) {
            case Map<?, ?> map -> addMap(map);
            case List<?> list -> addList(list);
            case String text -> shown.append(text, 0, Math.min(text.length(), MAX + 1));
            case null, default -> shown.append(value);
        }
    }

    private void addMap(Map<?, ?> map) {
        shown.append('{');
        Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
        while (entries.hasNext() && isFull() == false) {
            Map.Entry<?, ?> entry = entries.next();
            add(entry.getKey());
            shown.append('=');
            add(entry.getValue());
            shown.append(entries.hasNext() ? ", " : "");
        }
        shown.append('}');
    }

    private void addList(List<?> list) {
        shown.append('[');
        Iterator<?> elements = list.iterator();
        while (elements.hasNext() && isFull() == false) {
            add(elements.next());
            shown.append(elements.hasNext() ? ", " : "");
        }
        shown.append(']');
    }
}
