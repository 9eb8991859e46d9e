import java.util.Map;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.plugins.IngestPlugin;
import org.elasticsearch.plugins.Plugin;
import org.imagesynset.compat.ProcessorFactory;

/** The processor {@code rejecting} refuses every document with status 429, as a full thread pool would. */
public final class RejectingPlugin extends Plugin implements IngestPlugin {
    @Override
    public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
        ProcessorFactory factory =
                (tag, description, config) ->
                        new AbstractProcessor(tag, description) {
                            @Override
                            public String getType() {
                                return "rejecting";
                            }

                            @Override
                            public IngestDocument execute(IngestDocument document) {
                                throw new EsRejectedExecutionException("too busy");
                            }
                        };
        return Map.of("rejecting", factory);
    }
}
