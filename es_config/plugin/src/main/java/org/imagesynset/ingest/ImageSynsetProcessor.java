package org.imagesynset.ingest;

import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.script.Metadata;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalysisException.Fault;
import org.imagesynset.compat.ProcessorFactory;
import org.imagesynset.ingest.ProcessorOptions.OnUnavailable;
import org.imagesynset.queue.AnalysisQueue;

/**
 * Replaces the image in a document by what it shows.
 *
 * <p>Every fault is first recorded in the document and then reported, so {@code ignore_failure}
 * keeps a document that says what happened to it.
 */
public final class ImageSynsetProcessor extends AbstractProcessor {
    public static final String TYPE = "image_synset";

    private static final Logger logger = LogManager.getLogger(ImageSynsetProcessor.class);

    private final ProcessorOptions options;
    private final DocumentFields fields;
    private final AnalysisQueue queue;
    private final DocumentCounts counts;
    private final ExistingDocuments existing;
    private final CurrentModel model;
    private final Executor executor;

    ImageSynsetProcessor(
            String tag,
            String description,
            ProcessorOptions options,
            AnalysisQueue queue,
            DocumentCounts counts,
            ExistingDocuments existing,
            CurrentModel model,
            Executor executor) {
        super(tag, description);
        this.options = options;
        this.fields = new DocumentFields(options.names());
        this.queue = queue;
        this.counts = counts;
        this.existing = existing;
        this.model = model;
        this.executor = executor;
    }

    @Override
    public String getType() {
        return TYPE;
    }

    @Override
    public boolean isAsync() {
        return true;
    }

    /** Returns at once; the handler is called exactly once, later, on the plugin's own executor. */
    @Override
    public void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
        String image;
        try {
            image = readImage(document);
        } catch (AnalysisException e) {
            executor.execute(() -> answer(document, handler, () -> recordFault(document, e)));
            return;
        } catch (Exception e) {
            executor.execute(() -> answer(document, handler, () -> e));
            return;
        }
        if (image == null) {
            executor.execute(() -> answer(document, handler, () -> null));
            return;
        }
        try {
            new FieldOwnership(options.names(), document).check(options.analyze());
        } catch (AnalysisException e) {
            executor.execute(() -> answer(document, handler, () -> recordFault(document, e)));
            return;
        }
        if (options.skipExisting() && document.getMetadata().getId() != null) {
            reuseOrAnalyze(document, image, handler);
        } else {
            analyze(document, image, handler);
        }
    }

    private void analyze(
            IngestDocument document, String image, BiConsumer<IngestDocument, Exception> handler) {
        queue.submit(
                image,
                options.analyze(),
                // Not ActionListener.wrap: it answers a second time when the first answer throws.
                new ActionListener<>() {
                    @Override
                    public void onResponse(Analysis analysis) {
                        answer(document, handler, () -> recordAnalysis(document, analysis));
                    }

                    @Override
                    public void onFailure(Exception e) {
                        answer(
                                document,
                                handler,
                                () ->
                                        e instanceof AnalysisException fault
                                                ? recordFault(document, fault)
                                                : e);
                    }
                });
    }

    /** The field's text, or null when there is none and that is allowed. */
    private String readImage(IngestDocument document) throws AnalysisException {
        Object value = document.getFieldValue(options.field(), Object.class, true);
        return switch (value) {
            case null -> {
                if (options.ignoreMissing()) {
                    yield null;
                }
                throw AnalysisException.imageFault(
                        "missing_field",
                        "expected an image in base64, found nothing; change [ignore_missing]");
            }
            case String text -> {
                checkLength(text.length());
                yield text;
            }
            case byte[] bytes -> {
                checkLength((bytes.length + 2L) / 3 * 4);
                yield Base64.getEncoder().encodeToString(bytes);
            }
            default ->
                    throw AnalysisException.imageFault(
                            "invalid_field",
                            "expected an image as base64 text or binary, found a ["
                                    + value.getClass().getSimpleName()
                                    + "]; change [field]");
        };
    }

    private void checkLength(long length) throws AnalysisException {
        if (length > options.maxFieldBytes().getBytes()) {
            throw AnalysisException.imageFault(
                    "field_too_large",
                    "expected at most ["
                            + options.maxFieldBytes()
                            + "] of base64 text, found ["
                            + ByteSizeValue.ofBytes(length)
                            + "]; change [max_field_bytes]");
        }
    }

    private Exception recordAnalysis(IngestDocument document, Analysis analysis) {
        fields.writeAnalysis(document, analysis, options.analyze());
        removeImage(document);
        counts.ok();
        return null;
    }

    private void removeImage(IngestDocument document) {
        if (options.removeBinary()) {
            document.removeField(options.field());
        }
    }

    /** Keeps what an equal image got from the same model, or has the image analyzed. */
    private void reuseOrAnalyze(
            IngestDocument document, String image, BiConsumer<IngestDocument, Exception> handler) {
        Metadata metadata = document.getMetadata();
        existing.fetch(
                metadata.getIndex(),
                metadata.getId(),
                metadata.getRouting(),
                fields.rewritten(),
                source -> {
                    ExistingAnalysis analysis = fields.existing(source);
                    if (fields.isComplete(source) == false
                            || analysis.isOf(image, options.analyze()) == false) {
                        analyze(document, image, handler);
                        return;
                    }
                    model.get(
                            now -> {
                                if (analysis.isBy(now)) {
                                    answer(document, handler, () -> recordReuse(document, source));
                                } else {
                                    analyze(document, image, handler);
                                }
                            });
                });
    }

    private Exception recordReuse(IngestDocument document, Map<String, Object> source) {
        fields.rewrite(document, source);
        removeImage(document);
        counts.reused();
        return null;
    }

    private Exception recordFault(IngestDocument document, AnalysisException error) {
        String reason = "field [" + options.field() + "]: " + error.getMessage();
        if (fields.writeError(document, error, reason, options.analyze().topK()) == false) {
            logger.warn(
                    "document [{}] of [{}] is not analyzed and does not say so, because its field"
                            + " [{}] is not ours: [{}] {}",
                    document.getMetadata().getId(),
                    document.getMetadata().getIndex(),
                    options.names().path(FieldNames.IMAGE_ANALYSIS),
                    error.type(),
                    reason);
        }
        counts.fault(error.fault());
        if (error.fault() == Fault.SIDECAR && options.onUnavailable() == OnUnavailable.PENDING) {
            return null;
        }
        return new ElasticsearchStatusException(
                "[{}] {}", error.fault().restStatus(), error.type(), reason);
    }

    /**
     * Calls the handler once: with the document, or with the failure that the outcome is or ended
     * in.
     */
    private static void answer(
            IngestDocument document,
            BiConsumer<IngestDocument, Exception> handler,
            Callable<Exception> outcome) {
        Exception failure;
        try {
            failure = outcome.call();
        } catch (Exception e) {
            failure = e;
        }
        try {
            handler.accept(failure == null ? document : null, failure);
        } catch (Exception e) {
            // It has had its one call, and the others of its batch still wait for theirs.
            logger.error("a document was answered, but what followed failed", e);
        }
    }

    /**
     * Makes processors; the queue is asked for late because pipelines are known before the node's
     * services are.
     */
    public record Factory(
            Supplier<AnalysisQueue> queue,
            DocumentCounts counts,
            Supplier<ExistingDocuments> existing,
            Supplier<CurrentModel> model,
            Supplier<Executor> executor)
            implements ProcessorFactory {
        @Override
        public Processor create(String tag, String description, Map<String, Object> config) {
            ProcessorOptions options = ProcessorOptions.read(tag, config);
            return new ImageSynsetProcessor(
                    tag,
                    description,
                    options,
                    queue.get(),
                    counts,
                    existing.get(),
                    model.get(),
                    executor.get());
        }
    }
}
