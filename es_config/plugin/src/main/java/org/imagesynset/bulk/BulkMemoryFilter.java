package org.imagesynset.bulk;

import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.DocWriteRequest;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.bulk.TransportBulkAction;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.tasks.Task;
import org.imagesynset.compat.Pipelines;
import org.imagesynset.memory.LargeTexts;

/**
 * Counts what parsing a large document takes, before it is parsed for a pipeline of ours.
 *
 * <p>Elasticsearch counts the bytes of a request. A text of many megabytes takes several times as
 * much while it becomes a string and is written again, and enough of them at once end a node. A
 * bulk that doesn't fit is refused with status 429, as Elasticsearch refuses others, and clients
 * send it again.
 */
public final class BulkMemoryFilter implements MappedActionFilter {
    /** Smaller documents don't matter beside the bulk that they came in. */
    private static final long LARGE = 1 << 20;

    /**
     * Bytes on the heap for each byte of a document: the parser's characters twice, the string, and
     * the document as it is written after the pipeline.
     */
    private static final long PARSED = 6;

    private final Supplier<Pipelines> pipelines;
    private final LargeTexts texts;

    /**
     * @param pipelines asked for late, because filters are known before the node's services are
     */
    public BulkMemoryFilter(Supplier<Pipelines> pipelines, LargeTexts texts) {
        this.pipelines = pipelines;
        this.texts = texts;
    }

    @Override
    public String actionName() {
        return TransportBulkAction.NAME;
    }

    @Override
    public <Request extends ActionRequest, Response extends ActionResponse> void apply(
            Task task,
            String action,
            Request request,
            ActionListener<Response> listener,
            ActionFilterChain<Request, Response> chain) {
        long largest = request instanceof BulkRequest bulk ? largest(bulk) : 0;
        if (largest < LARGE) {
            chain.proceed(task, action, request, listener);
            return;
        }
        texts.hold(
                largest * PARSED,
                "a document of " + largest + " bytes",
                listener,
                held -> chain.proceed(task, action, request, held));
    }

    /** Of those documents that a pipeline of ours will see. */
    private long largest(BulkRequest bulk) {
        ImagePipelines images = null;
        long largest = 0;
        for (DocWriteRequest<?> item : bulk.requests()) {
            long size = item.ramBytesUsed();
            if (size < LARGE || size <= largest) {
                continue;
            }
            if (images == null) {
                images = new ImagePipelines(pipelines.get());
            }
            if (isAnalyzed(item, images)) {
                largest = size;
            }
        }
        return largest;
    }

    private static boolean isAnalyzed(DocWriteRequest<?> item, ImagePipelines images) {
        return images.ofIndex(item.index()).isEmpty() == false
                || (item instanceof IndexRequest request
                        && images.of(request.getPipeline()).isEmpty() == false);
    }
}
