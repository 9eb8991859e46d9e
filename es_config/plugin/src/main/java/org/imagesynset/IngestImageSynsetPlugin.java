package org.imagesynset;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.lucene.util.SetOnce;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.core.IOUtils;
import org.elasticsearch.index.IndexModule;
import org.elasticsearch.indices.breaker.BreakerSettings;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.monitor.jvm.JvmInfo;
import org.elasticsearch.plugins.CircuitBreakerPlugin;
import org.elasticsearch.plugins.IngestPlugin;
import org.elasticsearch.plugins.ReloadablePlugin;
import org.elasticsearch.plugins.SearchPlugin;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.search.fetch.FetchSubPhase;
import org.elasticsearch.search.suggest.Suggest;
import org.elasticsearch.threadpool.ExecutorBuilder;
import org.elasticsearch.threadpool.FixedExecutorBuilder;
import org.elasticsearch.threadpool.ThreadPool;
import org.imagesynset.bulk.BulkMemoryFilter;
import org.imagesynset.bulk.BulkUpdateFilter;
import org.imagesynset.compat.NodesRequest;
import org.imagesynset.compat.Pipelines;
import org.imagesynset.compat.RestPlugin;
import org.imagesynset.completion.RestWordsAction;
import org.imagesynset.diagnostics.NodesJson;
import org.imagesynset.diagnostics.RestNodesAction;
import org.imagesynset.diagnostics.TransportStatsAction;
import org.imagesynset.diagnostics.TransportTestAction;
import org.imagesynset.diagnostics.TransportVocabularyAction;
import org.imagesynset.ingest.ImageSynsetProcessor;
import org.imagesynset.memory.LargeTexts;
import org.imagesynset.query.ImageSynsetQueryBuilder;
import org.imagesynset.query.QueryServices;
import org.imagesynset.query.WhyBuilder;
import org.imagesynset.query.WhyPhase;
import org.imagesynset.query.feedback.WordFeedbackFilter;
import org.imagesynset.query.feedback.WordsSuggestion;
import org.imagesynset.query.words.WordMatcher;
import org.imagesynset.settings.ImageSynsetSettings;

/**
 * Image search for Elasticsearch: the ingest processor {@code image_synset}, the query of the same
 * name, and what they stand on.
 */
public final class IngestImageSynsetPlugin extends RestPlugin<NodesJson>
        implements IngestPlugin, SearchPlugin, CircuitBreakerPlugin, ReloadablePlugin {
    static final String EXECUTOR = "image_synset";

    private final SetOnce<Components> components = new SetOnce<>();
    private final SetOnce<ClusterService> clusterService = new SetOnce<>();

    /** Asks late, because queries are known before the node's services are. */
    private final ClusterVocabularies vocabularies =
            new ClusterVocabularies(() -> clusterService.get().state());

    private final SetOnce<IndexNameExpressionResolver> resolver = new SetOnce<>();
    private final SetOnce<Client> elasticsearch = new SetOnce<>();
    private final SetOnce<ThreadPool> threadPool = new SetOnce<>();
    private final SetOnce<Pipelines> pipelines = new SetOnce<>();
    private final SetOnce<CircuitBreaker> breaker = new SetOnce<>();
    private final LargeTexts texts = new LargeTexts(breaker::get);

    @Override
    public List<Setting<?>> getSettings() {
        return ImageSynsetSettings.all();
    }

    /**
     * Few threads and a queue of any length: the images' own queue bounds how many tasks there can
     * be.
     */
    @Override
    public List<ExecutorBuilder<?>> getExecutorBuilders(Settings settings) {
        return List.of(
                new FixedExecutorBuilder(
                        settings,
                        EXECUTOR,
                        EsExecutors.allocatedProcessors(settings),
                        -1,
                        "thread_pool." + EXECUTOR,
                        EsExecutors.TaskTrackingConfig.DO_NOT_TRACK));
    }

    @Override
    public Collection<?> createComponents(PluginServices services) {
        elasticsearch.set(services.client());
        threadPool.set(services.threadPool());
        pipelines.set(new Pipelines(services));
        clusterService.set(services.clusterService());
        resolver.set(services.indexNameExpressionResolver());
        components.set(
                Components.create(
                        services.environment().settings(),
                        services.clusterService().getClusterSettings(),
                        services.environment().configDir(),
                        services.threadPool(),
                        services.client()::get,
                        texts));
        // The table of words takes a moment to read: no search shall wait for it.
        components.get().executor().execute(WordMatcher::get);
        return List.of(components.get().monitor());
    }

    /** Takes new tokens from the keystore, by {@code _nodes/reload_secure_settings}. */
    @Override
    public void reload(Settings withKeystore) {
        components.get().reload(withKeystore);
    }

    @Override
    public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
        return Map.of(
                ImageSynsetProcessor.TYPE,
                new ImageSynsetProcessor.Factory(
                        () -> components.get().analyzers(),
                        () -> components.get().existingDocuments(),
                        () -> vocabularies,
                        () -> components.get().executor()));
    }

    @Override
    public Collection<MappedActionFilter> getMappedActionFilters() {
        List<MappedActionFilter> filters =
                new ArrayList<>(SearchTasks.filters(() -> threadPool.get().getThreadContext()));
        filters.add(new BulkMemoryFilter(pipelines::get, texts));
        filters.add(
                new BulkUpdateFilter(
                        pipelines::get, elasticsearch::get, () -> components.get().executor()));
        filters.add(
                new WordFeedbackFilter(
                        (search, root) -> vocabularies.searched(resolver.get(), search, root)));
        return filters;
    }

    /** A quarter of the heap, or what {@code breaker.image_synset.limit} says. */
    @Override
    public BreakerSettings getCircuitBreaker(Settings settings) {
        return BreakerSettings.updateFromSettings(
                new BreakerSettings(
                        EXECUTOR,
                        JvmInfo.jvmInfo().getMem().getHeapMax().getBytes() / 4,
                        1.0,
                        CircuitBreaker.Type.MEMORY,
                        CircuitBreaker.Durability.TRANSIENT),
                settings);
    }

    @Override
    public void setCircuitBreaker(CircuitBreaker made) {
        breaker.set(made);
    }

    @Override
    public List<QuerySpec<?>> getQueries() {
        // Asked for late, because queries are known before the node's services are.
        QueryServices lateServices =
                new QueryServices(
                        (image, topK, sidecar, searched, listener) ->
                                components
                                        .get()
                                        .searches()
                                        .analyze(image, topK, sidecar, searched, listener),
                        vocabularies);
        return List.of(
                new QuerySpec<>(
                        ImageSynsetQueryBuilder.NAME,
                        in -> new ImageSynsetQueryBuilder(in, lateServices),
                        parser -> ImageSynsetQueryBuilder.fromXContent(parser, lateServices)));
    }

    @Override
    public List<NamedWriteableRegistry.Entry> getNamedWriteables() {
        return List.of(
                new NamedWriteableRegistry.Entry(
                        Suggest.Suggestion.class, WordsSuggestion.NAME, WordsSuggestion::new));
    }

    @Override
    public List<SearchExtSpec<?>> getSearchExts() {
        return List.of(
                new SearchExtSpec<>(WhyBuilder.NAME, WhyBuilder::new, WhyBuilder::fromXContent));
    }

    @Override
    public void onIndexModule(IndexModule index) {
        index.addSearchOperationListener(new ReturnedHits());
    }

    @Override
    public List<FetchSubPhase> getFetchSubPhases(FetchPhaseConstructionContext context) {
        return List.of(new WhyPhase());
    }

    @Override
    protected Map<ActionType<NodesJson>, Class<? extends TransportAction<NodesRequest, NodesJson>>>
            nodesActions() {
        return Map.of(
                TransportStatsAction.TYPE, TransportStatsAction.class,
                TransportVocabularyAction.TYPE, TransportVocabularyAction.class,
                TransportTestAction.TYPE, TransportTestAction.class);
    }

    @Override
    protected List<RestHandler> restHandlers() {
        List<RestHandler> handlers = new ArrayList<>(RestNodesAction.all());
        handlers.add(
                new RestWordsAction(
                        (search, root) -> vocabularies.searched(resolver.get(), search, root)));
        return handlers;
    }

    @Override
    public void close() throws IOException {
        IOUtils.close(components.get());
    }
}
