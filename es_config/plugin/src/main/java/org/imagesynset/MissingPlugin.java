package org.imagesynset;

import java.util.function.Predicate;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.rest.RestStatus;
import org.imagesynset.query.ImageSynsetQueryBuilder;

/**
 * What a node without this plugin says of our query: that it can't read it, by a word of
 * Elasticsearch's inner life.
 */
final class MissingPlugin {
    private static final Logger logger = LogManager.getLogger(MissingPlugin.class);

    private static final Predicate<Throwable> UNREADABLE =
            error ->
                    error.getMessage() instanceof String message
                            && message.contains("NamedWriteable")
                            && message.contains("[" + ImageSynsetQueryBuilder.NAME + "]");

    private MissingPlugin() {}

    /** The failure of a search in plain words where it is that; else the same. */
    static Exception explained(Exception failure) {
        if (ExceptionsHelper.unwrapCausesAndSuppressed(failure, UNREADABLE).isEmpty()) {
            return failure;
        }
        // Not as its cause, which clients would show in its place.
        logger.debug("a node can't read the query", failure);
        return new ElasticsearchStatusException(
                "[{}] expected the plugin [ingest-image-synset] on every node of each cluster that is"
                        + " searched, found one without it; install it there, or search other indices",
                RestStatus.BAD_REQUEST,
                ImageSynsetQueryBuilder.NAME);
    }
}
