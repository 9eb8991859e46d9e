package org.imagesynset.compat;

import java.util.Map;
import org.elasticsearch.ingest.Processor;

/** Makes processors that are made of nothing but their configuration. */
public interface ProcessorFactory extends Processor.Factory {
    Processor create(String tag, String description, Map<String, Object> config);

    @Override
    default Processor create(
            Map<String, Processor.Factory> factories,
            String tag,
            String description,
            Map<String, Object> config) {
        return create(tag, description, config);
    }
}
