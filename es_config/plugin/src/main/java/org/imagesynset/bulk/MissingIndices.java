package org.imagesynset.bulk;

import java.util.LinkedHashMap;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.action.update.UpdateRequest;
import org.elasticsearch.client.internal.Client;
import org.imagesynset.compat.Pipelines;

/**
 * Indices that a bulk's updates go to and that are not there yet.
 *
 * <p>Elasticsearch makes an index for a bulk with the privilege {@code auto_configure}, but for
 * {@code _update} with {@code create_index} only, which those who send bulks may not have.
 *
 * @param updates one for each index
 */
record MissingIndices(Map<String, UpdateRequest> updates) {
    static MissingIndices of(BulkRequest bulk, SplitBulk split, Pipelines pipelines) {
        Map<String, UpdateRequest> updates = new LinkedHashMap<>();
        for (SplitBulk.Part part : split.parts()) {
            for (int place : part.updates()) {
                UpdateRequest update = (UpdateRequest) bulk.requests().get(place);
                if (pipelines.hasIndex(update.index()) == false) {
                    updates.putIfAbsent(update.index(), update);
                }
            }
        }
        return new MissingIndices(updates);
    }

    boolean isEmpty() {
        return updates.isEmpty();
    }

    /**
     * Makes them by a bulk that changes no document.
     *
     * @param listener answered in the caller's thread context; what can't be made fails later, item
     *     by item
     */
    void make(Client client, ActionListener<BulkResponse> listener) {
        BulkRequest nothing = new BulkRequest();
        updates.forEach(
                (index, update) ->
                        nothing.add(
                                new UpdateRequest(index, update.id())
                                        .doc(Map.of())
                                        .setRequireAlias(update.isRequireAlias())));
        client.bulk(
                nothing,
                ContextPreservingActionListener.wrapPreservingContext(
                        listener, client.threadPool().getThreadContext()));
    }
}
