package org.imagesynset.compat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.elasticsearch.action.IndicesRequest;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.ComponentTemplate;
import org.elasticsearch.cluster.metadata.ComposableIndexTemplate;
import org.elasticsearch.cluster.metadata.IndexAbstraction;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.MetadataIndexTemplateService;
import org.elasticsearch.index.Index;

/** Indices and templates in a cluster's state; Elasticsearch 9 has them by project. */
public final class ClusterMetadata {
    private ClusterMetadata() {}

    public static Map<String, ComponentTemplate> componentTemplates(ClusterState state) {
        return state.metadata().componentTemplates();
    }

    /** The index that a document is written to by this name, or null. */
    public static IndexMetadata writeIndex(ClusterState state, String name) {
        Metadata metadata = state.metadata();
        IndexAbstraction found = metadata.getIndicesLookup().get(name);
        Index index = found == null ? null : found.getWriteIndex();
        return index == null ? null : metadata.index(index);
    }

    /** The template that an index of this name would be made by, or null. */
    public static ComposableIndexTemplate indexTemplate(ClusterState state, String index) {
        Metadata metadata = state.metadata();
        String name = MetadataIndexTemplateService.findV2Template(metadata, index, false);
        return name == null ? null : metadata.templatesV2().get(name);
    }

    /** The indices of a request. */
    public static List<IndexMetadata> indices(
            ClusterState state, IndexNameExpressionResolver resolver, IndicesRequest request) {
        Function<Index, IndexMetadata> found = state.metadata()::index;
        return Arrays.stream(resolver.concreteIndices(state, request)).map(found).toList();
    }
}
