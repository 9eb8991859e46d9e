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
import org.elasticsearch.cluster.metadata.MetadataIndexTemplateService;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.index.Index;

/** Indices and templates in a cluster's state; Elasticsearch 9 has them by project. */
public final class ClusterMetadata {
    private ClusterMetadata() {}

    public static Map<String, ComponentTemplate> componentTemplates(ClusterState state) {
        return state.metadata().getProject(ProjectId.DEFAULT).componentTemplates();
    }

    /** The index that a document is written to by this name, or null. */
    public static IndexMetadata writeIndex(ClusterState state, String name) {
        ProjectMetadata project = state.metadata().getProject(ProjectId.DEFAULT);
        IndexAbstraction found = project.getIndicesLookup().get(name);
        Index index = found == null ? null : found.getWriteIndex();
        return index == null ? null : project.index(index);
    }

    /** The template that an index of this name would be made by, or null. */
    public static ComposableIndexTemplate indexTemplate(ClusterState state, String index) {
        ProjectMetadata project = state.metadata().getProject(ProjectId.DEFAULT);
        String name = MetadataIndexTemplateService.findV2Template(project, index, false);
        return name == null ? null : project.templatesV2().get(name);
    }

    /** The indices of a request. */
    public static List<IndexMetadata> indices(
            ClusterState state, IndexNameExpressionResolver resolver, IndicesRequest request) {
        Function<Index, IndexMetadata> found =
                state.metadata().getProject(ProjectId.DEFAULT)::index;
        return Arrays.stream(resolver.concreteIndices(state, request)).map(found).toList();
    }
}
