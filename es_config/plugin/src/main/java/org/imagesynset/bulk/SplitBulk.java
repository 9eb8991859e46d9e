package org.imagesynset.bulk;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.DocWriteRequest;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.action.update.UpdateRequest;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.rest.RestStatus;
import org.imagesynset.ingest.ImageSynsetProcessor;

/**
 * A bulk in parts that are done one after the other. Items of one document keep their order; the
 * updates of a part are done beside the rest of it.
 *
 * @param refused why, by the item's place in the bulk
 */
record SplitBulk(List<Part> parts, Map<Integer, Exception> refused) {

    /**
     * Places of items in the bulk.
     *
     * @param updates those to be done one by one, by {@code _update}
     * @param rest those that stay a bulk
     */
    record Part(List<Integer> updates, List<Integer> rest) {}

    private enum Way {
        REST,
        UPDATE,
        REFUSED
    }

    boolean isComplete() {
        return refused.isEmpty() && parts.stream().allMatch(part -> part.updates().isEmpty());
    }

    static SplitBulk of(BulkRequest bulk, ImagePipelines images) {
        List<Part> parts = new ArrayList<>();
        Map<Integer, Exception> refused = new TreeMap<>();
        Part part = null;
        Set<String> updated = new HashSet<>();
        Set<String> inRest = new HashSet<>();
        for (int place = 0; place < bulk.requests().size(); place++) {
            DocWriteRequest<?> item = bulk.requests().get(place);
            Way way = item instanceof UpdateRequest update ? way(update, images) : Way.REST;
            if (way == Way.REFUSED) {
                refused.put(place, refusal((UpdateRequest) item));
                continue;
            }
            boolean alone = way == Way.UPDATE;
            // By id alone: two names may mean one index.
            boolean waits = updated.contains(item.id()) || (alone && inRest.contains(item.id()));
            if (part == null || waits) {
                part = new Part(new ArrayList<>(), new ArrayList<>());
                parts.add(part);
                updated.clear();
                inRest.clear();
            }
            (alone ? part.updates() : part.rest()).add(place);
            if (item.id() != null) {
                (alone ? updated : inRest).add(item.id());
            }
        }
        return new SplitBulk(parts, refused);
    }

    /**
     * An update with the image needs the whole document; so does one by script, which may do
     * anything, and one that a pipeline would see a part of.
     */
    private static Way way(UpdateRequest update, ImagePipelines images) {
        Watched watched = images.ofIndex(update.index());
        if (watched.isEmpty() == false) {
            return update.script() != null
                            || update.docAsUpsert()
                            || update.upsertRequest() != null
                            || touches(update.doc(), watched)
                    ? Way.UPDATE
                    : Way.REST;
        }
        IndexRequest upsert = update.upsertRequest();
        Watched named = upsert == null ? Watched.NOTHING : images.of(upsert.getPipeline());
        return named.isEmpty() == false && (update.scriptedUpsert() || touches(update.doc(), named))
                ? Way.REFUSED
                : Way.REST;
    }

    private static boolean touches(IndexRequest part, Watched watched) {
        return part != null
                && part.source() != null
                && watched.isTouchedBy(
                        XContentHelper.convertToMap(part.source(), false, part.getContentType())
                                .v2());
    }

    private static Exception refusal(UpdateRequest update) {
        return new ElasticsearchStatusException(
                "expected an update that keeps document and image together: the pipeline [{}], which"
                        + " analyzes images, runs for the [upsert] alone; set it as"
                        + " [index.default_pipeline] of [{}], so that [{}] sees the whole document,"
                        + " or send the whole document with [index]",
                RestStatus.BAD_REQUEST,
                update.upsertRequest().getPipeline(),
                update.index(),
                ImageSynsetProcessor.TYPE);
    }
}
