package org.imagesynset.query;

import static org.elasticsearch.common.xcontent.support.XContentMapValues.extractValue;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.get.GetRequest;
import org.elasticsearch.action.get.GetResponse;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.search.fetch.subphase.FetchSourceContext;
import org.imagesynset.query.lucene.Weights;
import org.imagesynset.query.words.Excerpt;
import org.imagesynset.query.words.Vocabulary;

/** The synsets of an indexed document, as it is now, refreshed or not. */
final class DocumentSynsets {
    private static final String SYNSETS = "synset";
    private static final String STATUS = "image_analysis.status";

    private DocumentSynsets() {}

    /**
     * @param listener gets scores by synset, or a failure: status 404 without the document or the
     *     index, 400 for a document without synsets
     */
    static void fetch(
            Client client,
            QueryInput.Document document,
            SynsetFields fields,
            Collection<Vocabulary> vocabularies,
            ActionListener<Map<String, Double>> listener) {
        GetRequest request = new GetRequest(document.index(), document.id());
        request.routing(document.routing());
        request.fetchSourceContext(
                FetchSourceContext.of(
                        true, new String[] {fields.score("*"), fields.path(STATUS)}, null));
        client.get(
                request,
                listener.delegateFailureAndWrap(
                        (next, found) ->
                                next.onResponse(scores(document, fields, vocabularies, found))));
    }

    private static Map<String, Double> scores(
            QueryInput.Document document,
            SynsetFields fields,
            Collection<Vocabulary> vocabularies,
            GetResponse found) {
        if (found.isExists() == false) {
            throw new ResourceNotFoundException(
                    "[{}] expected [document] to exist, found no [{}] in index [{}]{}",
                    ImageSynsetQueryBuilder.NAME,
                    found.getId(),
                    found.getIndex(),
                    document.routing() == null
                            ? "; if it was indexed with a routing, give its [routing]"
                            : " with the routing [" + document.routing() + "]");
        }
        Map<String, Object> source = found.isSourceEmpty() ? Map.of() : found.getSourceAsMap();
        Map<String, Double> scores = new LinkedHashMap<>();
        if (extractValue(fields.path(SYNSETS), source) instanceof Map<?, ?> synsets) {
            synsets.forEach(
                    (name, synset) -> {
                        if (synset instanceof Map<?, ?> values
                                && values.get("score") instanceof Number score) {
                            scores.put((String) name, score.doubleValue());
                        }
                    });
        }
        // A document may have been indexed by anybody, so it is checked like what a client sends.
        if (scores.isEmpty()) {
            throw new IllegalArgumentException(
                    "["
                            + ImageSynsetQueryBuilder.NAME
                            + "] expected [document] ["
                            + found.getId()
                            + "] of index ["
                            + found.getIndex()
                            + "] to have synsets, found none and image_analysis "
                            + Excerpt.of(source.get("image_analysis"))
                            + "; index its image through the pipeline");
        }
        return Weights.check(scores, vocabularies);
    }
}
