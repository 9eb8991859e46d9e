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
import org.imagesynset.query.lucene.ScoringQueries.Found;
import org.imagesynset.query.lucene.SharedSynset;

/**
 * Adds the field {@code why} to every hit of a search that asks for it, and {@code why_note} where
 * its products are not the whole score.
 */
public final class WhyPhase implements FetchSubPhase {
    private static final String FIELD = "why";
    private static final String NOTE_FIELD = "why_note";
    private static final String NOTE =
            "the products of [why] are not the whole score: other queries, functions or a rescore"
                    + " of this search add to it or change it";

    @Override
    public FetchSubPhaseProcessor getProcessor(FetchContext context) {
        if (context.getSearchExt(WhyBuilder.NAME) instanceof WhyBuilder asked && asked.why()) {
            Found found = ScoringQueries.of(context.query());
            boolean whole = found.whole() && context.rescore().isEmpty();
            return found.queries().isEmpty() ? null : new Processor(found.queries(), whole);
        }
        return null;
    }

    private record Processor(List<Boosted> queries, boolean whole)
            implements FetchSubPhaseProcessor {
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
            if (whole == false) {
                HitFields.add(hit.hit(), new DocumentField(NOTE_FIELD, List.of(NOTE)));
            }
        }

        @Override
        public StoredFieldsSpec storedFieldsSpec() {
            return StoredFieldsSpec.NO_REQUIREMENTS;
        }
    }
}
