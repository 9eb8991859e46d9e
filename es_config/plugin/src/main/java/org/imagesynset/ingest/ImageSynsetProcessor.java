package org.imagesynset.ingest;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.script.Metadata;
import org.imagesynset.analysis.Analysis;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.AnalysisException.Fault;
import org.imagesynset.compat.ProcessorFactory;
import org.imagesynset.document.DocumentFields;
import org.imagesynset.document.ExistingAnalysis;
import org.imagesynset.document.FieldNames;
import org.imagesynset.document.FieldOwnership;
import org.imagesynset.document.ImageField;
import org.imagesynset.ingest.ProcessorOptions.OnUnavailable;

/**
 * Replaces the image in a document by what it shows.
 *
 * <p>Every fault is first recorded in the document and then reported, so {@code ignore_failure}
 * keeps a document that says what happened to it.
 */
public final class ImageSynsetProcessor extends AbstractProcessor {
    public static final String TYPE = "image_synset";

    private static final Logger logger = LogManager.getLogger(ImageSynsetProcessor.class);

    private static final Supplier<AnalysisException> MISSING =
            () ->
                    AnalysisException.imageFault(
                            "missing_field",
                            "expected an image in base64, found nothing; change [ignore_missing]");
    private static final Supplier<AnalysisException> NO_BASE64 =
            () ->
                    AnalysisException.imageFault(
                            "invalid_base64", "expected base64 or a data URL with base64");

    private final ProcessorOptions options;
    private final ImageField field;
    private final DocumentFields fields;
    private final LostVectors lostVectors;
    private final Destination destination;
    private final Analyzer analyzer;
    private final DocumentCounts counts;
    private final ExistingDocuments existing;
    private final Executor executor;

    ImageSynsetProcessor(
            String tag,
            String description,
            ProcessorOptions options,
            Analyzer analyzer,
            ExistingDocuments existing,
            HeldVocabularies vocabularies,
            Executor executor) {
        super(tag, description);
        this.options = options;
        this.field = new ImageField(options.field(), options.maxFieldBytes());
        this.fields = new DocumentFields(options.names());
        this.lostVectors = new LostVectors(fields, existing);
        this.destination = new Destination(options.names(), vocabularies);
        this.analyzer = analyzer;
        this.counts = analyzer.counts();
        this.existing = existing;
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
        try {
            decide(document, handler);
        } catch (AnalysisException e) {
            executor.execute(() -> answer(document, handler, () -> recordFault(document, e)));
        } catch (Exception e) {
            executor.execute(() -> answer(document, handler, () -> e));
        }
    }

    /** By what the document comes with, and what it says of an earlier analysis. */
    private void decide(IngestDocument document, BiConsumer<IngestDocument, Exception> handler)
            throws AnalysisException {
        fields.expandDots(document.getSource());
        Map<String, Object> twice = field.expandDots(document);
        if (twice.isEmpty() == false) {
            executor.execute(() -> answer(document, handler, () -> recordTwice(document, twice)));
            return;
        }
        Object value = field.value(document);
        if (value == null) {
            field.checkNotInArray(document);
            boolean takenAway = field.isNamed(document);
            executor.execute(
                    () -> {
                        if (takenAway) {
                            answer(document, handler, () -> recordNoImage(document));
                        } else {
                            keepWithoutImage(document, handler);
                        }
                    });
            return;
        }
        String image = field.text(value);
        new FieldOwnership(options.names(), document).check(options.analyze());
        destination.check(document);
        if (fields.existing(document.getSource()).isOk()) {
            executor.execute(() -> reuseOrAnalyze(document, image, handler));
        } else {
            reuseStoredOrAnalyze(document, image, handler);
        }
    }

    /** A document that comes without an image keeps what is known of the one that it had. */
    private void keepWithoutImage(
            IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
        ExistingAnalysis analysis = fields.existing(document.getSource());
        if (analysis.isOk()) {
            lostVectors.restore(
                    document,
                    failure ->
                            answer(
                                    document,
                                    handler,
                                    () -> {
                                        counts.kept();
                                        return failure;
                                    }));
        } else {
            boolean allowed = analysis.isUnfinished() || options.ignoreMissing();
            answer(
                    document,
                    handler,
                    () -> allowed ? recordUnchanged() : recordFault(document, MISSING.get()));
        }
    }

    private Exception recordUnchanged() {
        counts.withoutImage();
        return null;
    }

    /** By null or empty text a client says that the document has no image any more. */
    private Exception recordNoImage(IngestDocument document) {
        fields.clear(document);
        field.remove(document);
        counts.withoutImage();
        return null;
    }

    /** Keeps the analysis that came with an image, if it is of that image. */
    private void reuseOrAnalyze(
            IngestDocument document, String image, BiConsumer<IngestDocument, Exception> handler) {
        ExistingAnalysis analysis = fields.existing(document.getSource());
        if (fields.isConsistent(document.getSource()) == false
                || analysis.isOf(image, options.analyze()) == false) {
            reuseStoredOrAnalyze(document, image, handler);
            return;
        }
        analyzer.model()
                .get(
                        now -> {
                            if (now.isBehind(analysis)) {
                                reuse(document, image, handler);
                            } else {
                                analyze(document, image, handler);
                            }
                        });
    }

    private void reuse(
            IngestDocument document, String image, BiConsumer<IngestDocument, Exception> handler) {
        lostVectors.restore(
                document,
                failure -> {
                    if (failure == null
                            && options.analyze().features()
                            && lacksFeatures(document)) {
                        analyze(document, image, handler);
                    } else {
                        answer(
                                document,
                                handler,
                                () -> failure == null ? recordReuse(document) : failure);
                    }
                });
    }

    private boolean lacksFeatures(IngestDocument document) {
        return fields.lackedVectors(document.getSource()).contains(FieldNames.FEATURES);
    }

    private void analyze(
            IngestDocument document, String image, BiConsumer<IngestDocument, Exception> handler) {
        analyzer.queue()
                .submit(
                        image,
                        options.analyze(),
                        // Not ActionListener.wrap: it answers a second time when the first answer
                        // throws.
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

    private Exception recordAnalysis(IngestDocument document, Analysis analysis) {
        try {
            destination.check(document, analysis.model());
        } catch (AnalysisException e) {
            return recordFault(document, e);
        }
        fields.writeAnalysis(document, analysis, options.analyze());
        removeImage(document);
        counts.ok();
        return null;
    }

    private void removeImage(IngestDocument document) {
        if (options.removeBinary()) {
            field.remove(document);
        }
    }

    /** Keeps what an equal image got from the same model, or has the image analyzed. */
    private void reuseStoredOrAnalyze(
            IngestDocument document, String image, BiConsumer<IngestDocument, Exception> handler) {
        Metadata metadata = document.getMetadata();
        if (options.skipExisting() == false || metadata.getId() == null) {
            analyze(document, image, handler);
            return;
        }
        existing.fetch(
                metadata.getIndex(),
                metadata.getId(),
                metadata.getRouting(),
                fields.rewritten(),
                source -> {
                    ExistingAnalysis analysis = fields.existing(source);
                    if (fields.isComplete(source) == false
                            || analysis.hasFeatures()
                            || analysis.isOf(image, options.analyze()) == false) {
                        analyze(document, image, handler);
                        return;
                    }
                    analyzer.model()
                            .get(
                                    now -> {
                                        if (now.isBehind(analysis)) {
                                            answer(
                                                    document,
                                                    handler,
                                                    () -> {
                                                        fields.rewrite(document, source);
                                                        return recordReuse(document);
                                                    });
                                        } else {
                                            analyze(document, image, handler);
                                        }
                                    });
                });
    }

    private Exception recordReuse(IngestDocument document) {
        removeImage(document);
        counts.reused();
        return null;
    }

    private Exception recordTwice(IngestDocument document, Map<String, Object> others) {
        AnalysisException fault =
                AnalysisException.imageFault(
                        "invalid_field",
                        "expected one value, found others under a name with dots; send one");
        Object rejected = field.makeStorable(document);
        return recordFault(document, fault, rejected == null ? others : List.of(rejected, others));
    }

    private Exception recordFault(IngestDocument document, AnalysisException fault) {
        return recordFault(
                document, fault, fields.canRecord(document) ? field.makeStorable(document) : null);
    }

    private Exception recordFault(
            IngestDocument document, AnalysisException fault, Object rejected) {
        // What is not base64 never becomes an image, even where the sidecar can't be asked.
        AnalysisException error =
                fault.fault() == Fault.SIDECAR && rejected != null ? NO_BASE64.get() : fault;
        String reason = "field [" + options.field() + "]: " + error.getMessage();
        if (fields.canRecord(document)) {
            fields.writeError(document, error, reason, options.analyze().topK(), rejected);
        } else {
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

    /** Makes processors; asks late, because pipelines are known before the node's services are. */
    public record Factory(
            Supplier<Analyzers> analyzers,
            Supplier<ExistingDocuments> existing,
            Supplier<HeldVocabularies> vocabularies,
            Supplier<Executor> executor)
            implements ProcessorFactory {
        @Override
        public Processor create(String tag, String description, Map<String, Object> config) {
            ProcessorOptions options = ProcessorOptions.read(tag, config);
            return new ImageSynsetProcessor(
                    tag,
                    description,
                    options,
                    analyzers.get().of(options.sidecar(), tag),
                    existing.get(),
                    vocabularies.get(),
                    executor.get());
        }
    }
}
