package org.imagesynset;

import org.elasticsearch.common.logging.LogConfigurator;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets Elasticsearch's classes find their loggers, before every test class: whichever is first.
 * Found by its name in META-INF/services.
 */
public final class ElasticsearchLogging implements BeforeAllCallback {
    static {
        LogConfigurator.configureESLogging();
    }

    @Override
    public void beforeAll(ExtensionContext context) {}
}
