package org.imagesynset.query;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.search.fetch.FetchContext;
import org.elasticsearch.search.fetch.FetchSubPhase;
import org.elasticsearch.search.fetch.FetchSubPhaseProcessor;
import org.elasticsearch.search.fetch.StoredFieldsSpec;
import org.imagesynset.compat.HitFields;
import org.imagesynset.query.lucene.ScoringQueries;
import org.imagesynset.query.lucene.ScoringQueries.Boosted;
import org.imagesynset.query.lucene.SharedSynset;

/** Adds the field {@code why} to every hit of a search that asks for it. */
public final class WhyPhase implements FetchSubPhase {
    private static final String FIELD = "why";

    @Override
    public FetchSubPhaseProcessor getProcessor(FetchContext context) {
        if (context.getSearchExt(WhyBuilder.NAME) instanceof WhyBuilder asked && asked.why()) {
            List<Boosted> queries = ScoringQueries.of(context.query());
            return queries.isEmpty() ? null : new Processor(queries);
        }
        return null;
    }

    private record Processor(List<Boosted> queries) implements FetchSubPhaseProcessor {
        @Override
        public void setNextReader(LeafReaderContext leaf) {}

        @Override
        public void process(HitContext hit) throws IOException {
            List<SharedSynset> shared = new ArrayList<>();
            for (Boosted boosted : queries) {
                shared.addAll(
                        boosted.query().shared(hit.readerContext(), hit.docId(), boosted.boost()));
            }
            shared.sort(
                    Comparator.comparingDouble((SharedSynset one) -> Math.abs(one.product()))
                            .reversed());
            List<Object> values = new ArrayList<>();
            shared.forEach(one -> values.add(one.asMap()));
            HitFields.add(hit.hit(), new DocumentField(FIELD, values));
        }

        @Override
        public StoredFieldsSpec storedFieldsSpec() {
            return StoredFieldsSpec.NO_REQUIREMENTS;
        }
    }
}
