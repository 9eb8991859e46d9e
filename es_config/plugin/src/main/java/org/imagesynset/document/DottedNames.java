package org.imagesynset.document;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Names with dots in them, such as {@code {"image_analysis.status": "ok"}} of a flat export. To
 * Elasticsearch they are the same field as objects in one another, to ingest pipelines they are
 * not.
 */
public final class DottedNames {
    private DottedNames() {}

    /**
     * Makes objects of the given fields and all below them; other fields stay as they are.
     *
     * @param source changed in place
     * @param fields paths of fields
     * @return the values whose place was taken already, by the name that they had; they are removed
     */
    public static Map<String, Object> expand(
            Map<String, Object> source, Collection<String> fields) {
        Map<String, Object> twice = new LinkedHashMap<>();
        for (String field : fields) {
            expand(source, field, "", twice);
        }
        return twice;
    }

    /**
     * @param rest the field's path from this object on; empty for an object below the field
     */
    private static void expand(
            Map<String, Object> object, String rest, String parents, Map<String, Object> twice) {
        for (String name : List.copyOf(object.keySet())) {
            if (name.indexOf('.') > 0 && name.endsWith(".") == false && isOnTheWay(name, rest)) {
                Object value = object.remove(name);
                if (put(object, name.split("\\."), value) == false) {
                    twice.put(parents + name, value);
                }
            }
        }
        if (rest.isEmpty()) {
            for (Map.Entry<String, Object> child : object.entrySet()) {
                expandBelow(child.getValue(), "", parents + child.getKey() + ".", twice);
            }
        } else {
            int dot = rest.indexOf('.');
            String first = dot < 0 ? rest : rest.substring(0, dot);
            String others = dot < 0 ? "" : rest.substring(dot + 1);
            expandBelow(object.get(first), others, parents + first + ".", twice);
        }
    }

    @SuppressWarnings("unchecked")
    private static void expandBelow(
            Object value, String rest, String parents, Map<String, Object> twice) {
        if (value instanceof Map<?, ?> object) {
            expand((Map<String, Object>) object, rest, parents, twice);
        }
    }

    private static boolean isOnTheWay(String name, String rest) {
        return rest.isEmpty()
                || name.equals(rest)
                || name.startsWith(rest + ".")
                || rest.startsWith(name + ".");
    }

    /** Whether there was room for the value; where both are objects they become one. */
    @SuppressWarnings("unchecked")
    private static boolean put(Map<String, Object> object, String[] path, Object value) {
        Map<String, Object> parent = object;
        for (int i = 0; i < path.length - 1; i++) {
            Object child = parent.computeIfAbsent(path[i], name -> new HashMap<>());
            if (child instanceof Map<?, ?> map) {
                parent = (Map<String, Object>) map;
            } else {
                return false;
            }
        }
        String name = path[path.length - 1];
        if (parent.get(name) instanceof Map<?, ?> there && value instanceof Map<?, ?> more) {
            Map<String, Object> merged = (Map<String, Object>) there;
            List<Map.Entry<?, ?>> entries = new ArrayList<>(more.entrySet());
            entries.forEach(entry -> merged.putIfAbsent((String) entry.getKey(), entry.getValue()));
            return true;
        }
        return parent.putIfAbsent(name, value) == null;
    }

    /** A field's value where a name with dots is part of its path; null where none is. */
    public static Object dottedValue(Map<?, ?> source, String field) {
        if (field.indexOf('.') > 0 && source.get(field) instanceof Object value) {
            return value;
        }
        for (int dot = field.indexOf('.'); dot >= 0; dot = field.indexOf('.', dot + 1)) {
            String name = field.substring(0, dot);
            String rest = field.substring(dot + 1);
            if (source.get(name) instanceof Map<?, ?> child) {
                Object value =
                        name.indexOf('.') > 0 && child.get(rest) != null
                                ? child.get(rest)
                                : dottedValue(child, rest);
                if (value != null) {
                    return value;
                }
            }
        }
        return null;
    }

    /** Whether an object says anything about a field: gives it a value, or replaces its parent. */
    @SuppressWarnings("unchecked")
    public static boolean touches(Map<String, Object> source, String field) {
        Object value = source;
        for (String name : field.split("\\.")) {
            if (value instanceof Map<?, ?> == false) {
                return true;
            }
            Map<String, Object> object = (Map<String, Object>) value;
            if (object.containsKey(name) == false) {
                return false;
            }
            value = object.get(name);
        }
        return true;
    }
}
