package org.imagesynset.bulk;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.DocWriteRequest.OpType;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.xcontent.XContentType;

/**
 * What {@code _update} sends to create the document that it did not find.
 *
 * <p>With {@code doc_as_upsert} it is the very object that holds the update's {@code doc}, and the
 * pipeline writes its outcome into it. If somebody else creates the document first, {@code _update}
 * tries again and would merge that outcome, another photo's synsets, into the document.
 */
record UnprocessedUpsert(
        IndexRequest request, BytesReference source, XContentType type, String pipeline) {

    /** Of a bulk that may be one of {@code _update}, or null. */
    static UnprocessedUpsert of(BulkRequest bulk, ImagePipelines images) {
        return bulk.requests().size() == 1
                        && bulk.requests().getFirst() instanceof IndexRequest create
                        && create.opType() == OpType.CREATE
                        && create.isPipelineResolved() == false
                        && images.ofIndex(create.index()).isEmpty() == false
                ? new UnprocessedUpsert(
                        create, create.source(), create.getContentType(), create.getPipeline())
                : null;
    }

    /** Has the request as it came again before a failure is answered. */
    ActionListener<BulkResponse> restoring(ActionListener<BulkResponse> listener) {
        // Not ActionListener.wrap: it answers a second time when the first answer throws.
        return new ActionListener<>() {
            @Override
            public void onResponse(BulkResponse response) {
                if (response.hasFailures()) {
                    restore();
                }
                listener.onResponse(response);
            }

            @Override
            public void onFailure(Exception e) {
                restore();
                listener.onFailure(e);
            }
        };
    }

    private void restore() {
        request.source(source, type);
        request.setPipeline(pipeline);
        request.setFinalPipeline(null);
        request.isPipelineResolved(false);
    }
}
