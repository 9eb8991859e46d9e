package org.imagesynset.diagnostics;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.imagesynset.analysis.AnalysisException;
import org.imagesynset.analysis.ImageText;

/** Has each node analyze a small photo through its own connection to each of its sidecars. */
public final class TransportTestAction extends TransportNodesJsonAction {
    public static final ActionType<NodesJson> TYPE =
            new ActionType<>("cluster:admin/image_synset/test");

    private static final String PHOTO = "cat.jpg";

    private final NodeMonitor monitor;

    @Inject
    public TransportTestAction(
            ClusterService clusterService,
            TransportService transportService,
            ActionFilters actionFilters,
            ThreadPool threadPool,
            NodeMonitor monitor) {
        super(
                TYPE,
                clusterService,
                transportService,
                actionFilters,
                threadPool.executor(ThreadPool.Names.MANAGEMENT));
        this.monitor = monitor;
    }

    @Override
    void answer(ActionListener<Map<String, Object>> listener) {
        monitor.test(
                photo(),
                listener.map(
                        tests -> Map.of("sidecars", tests.stream().map(StatsJson::of).toList())));
    }

    static ImageText photo() {
        try (InputStream photo = TransportTestAction.class.getResourceAsStream(PHOTO)) {
            return ImageText.of(Base64.getEncoder().encodeToString(photo.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (AnalysisException e) {
            throw new AssertionError("base64 that the JDK made", e);
        }
    }
}
