package org.imagesynset.query.words;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;

/**
 * The model's classes and the WordNet concepts above them: the same facts as the sidecar's.
 *
 * @param classes names of synsets, as in the fields {@code synset.<name>}
 * @param concepts all that {@code concept_vector} may hold
 */
public record KnownSynsets(Set<String> classes, List<Concept> concepts) {
    private static final String FACTS = "synsets.json";

    /** A concept's key and the words for it, the commonest first, with underscores for spaces. */
    record Concept(String key, List<String> lemmas) {}

    public static KnownSynsets get() {
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final KnownSynsets INSTANCE = load();
    }

    @SuppressWarnings("unchecked")
    private static KnownSynsets load() {
        try (InputStream json = KnownSynsets.class.getResourceAsStream(FACTS);
                XContentParser parser =
                        JsonXContent.jsonXContent.createParser(
                                XContentParserConfiguration.EMPTY, json)) {
            Map<String, Object> facts = parser.map();
            Set<String> classes = new LinkedHashSet<>();
            for (Map<String, Object> row : (List<Map<String, Object>>) facts.get("classes")) {
                classes.add((String) row.get("name"));
            }
            List<Concept> concepts =
                    ((List<Map<String, Object>>) facts.get("concepts"))
                            .stream()
                                    .map(
                                            row ->
                                                    new Concept(
                                                            (String) row.get("key"),
                                                            (List<String>) row.get("lemmas")))
                                    .toList();
            return new KnownSynsets(classes, concepts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
