package org.imagesynset.mustache;

import com.github.mustachejava.reflect.ReflectionObjectHandler;
import java.lang.reflect.AccessibleObject;
import java.util.AbstractMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds values in a template's parameters: <code>a.b</code>, <code>list.0</code>, <code>list.size
 * </code>.
 */
final class ParamsHandler extends ReflectionObjectHandler {

    @Override
    public Object coerce(Object value) {
        return value instanceof List<?> list ? new ListScope(list) : super.coerce(value);
    }

    /** Parameters are data: no method or field of the classes that hold them is theirs to show. */
    @Override
    @SuppressWarnings("rawtypes")
    protected AccessibleObject findMember(Class holder, String name) {
        return null;
    }

    /** A list that a template can repeat a section over, and look into by index. */
    static final class ListScope extends AbstractMap<Object, Object> implements Iterable<Object> {

        private final List<?> list;

        ListScope(List<?> list) {
            this.list = list;
        }

        List<?> list() {
            return list;
        }

        /**
         * @throws IndexOutOfBoundsException for an index past the end, as in Elasticsearch: not the
         *     same as missing
         */
        @Override
        public Object get(Object key) {
            if ("size".equals(key)) {
                return list.size();
            }
            try {
                return list.get(Integer.parseInt(key.toString()));
            } catch (NumberFormatException notAnIndex) {
                return null;
            }
        }

        @Override
        public boolean containsKey(Object key) {
            return get(key) != null;
        }

        @Override
        public Set<Map.Entry<Object, Object>> entrySet() {
            Map<Object, Object> byIndex = new LinkedHashMap<>();
            for (Object element : list) {
                byIndex.put(byIndex.size(), element);
            }
            return byIndex.entrySet();
        }

        @Override
        @SuppressWarnings("unchecked")
        public Iterator<Object> iterator() {
            return (Iterator<Object>) list.iterator();
        }
    }
}
