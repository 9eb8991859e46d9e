package org.imagesynset.query.lucene.features;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.index.IndexReader.CacheHelper;
import org.apache.lucene.index.IndexReader.CacheKey;
import org.apache.lucene.index.LeafReader;

/**
 * What was read from a segment once, kept as long as the segment is open.
 *
 * <p>It must be true for every user: of some users Elasticsearch hides fields, and the segment is
 * the same.
 */
public final class PerSegment<V> {
    /** Reads what isn't known yet. */
    public interface Reading<V> {
        V read() throws IOException;
    }

    private final Map<CacheKey, Map<String, V>> known = new ConcurrentHashMap<>();

    /** Two searches at the same time may both read. */
    public V of(LeafReader segment, String name, Reading<V> reading) throws IOException {
        CacheHelper helper = segment.getCoreCacheHelper();
        if (helper == null) {
            return reading.read();
        }
        Map<String, V> values = known.get(helper.getKey());
        if (values == null) {
            Map<String, V> fresh = new ConcurrentHashMap<>();
            values = known.putIfAbsent(helper.getKey(), fresh);
            if (values == null) {
                values = fresh;
                helper.addClosedListener(known::remove);
            }
        }
        V value = values.get(name);
        if (value == null) {
            value = reading.read();
            values.put(name, value);
        }
        return value;
    }
}
