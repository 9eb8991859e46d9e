package org.imagesynset.query;

import java.util.Map;
import java.util.Set;
import org.elasticsearch.action.ActionListener;

/** Says which synsets an image shows. */
public interface ImageAnalyzer {

    /**
     * Never blocks.
     *
     * @param image base64 or a data URL; any text is safe
     * @param topK how many synsets at most, 1 to 1000
     * @param sidecar the name of the sidecars that are asked; empty for those that fit the
     *     vocabularies
     * @param vocabularies of the indices searched: an answer from before that is of none of these
     *     is asked for again; empty where any will do
     * @param listener called once; its failure has status 400 (the image, the name) or 503 (the
     *     sidecar)
     */
    void analyze(
            String image,
            int topK,
            String sidecar,
            Set<String> vocabularies,
            ActionListener<Seen> listener);

    /**
     * What the model saw.
     *
     * @param vocabulary the name of the model's vocabulary
     * @param scores by synset
     */
    record Seen(String vocabulary, Map<String, Double> scores) {}
}
