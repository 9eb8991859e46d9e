package org.imagesynset.query;

import static org.elasticsearch.core.Strings.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.xcontent.XContentLocation;
import org.elasticsearch.xcontent.XContentParser;
import org.imagesynset.analysis.ImageText;
import org.imagesynset.query.lucene.Weights;
import org.imagesynset.query.words.Excerpt;

/** Reads the body of a query {@code image_synset} and checks all that can be checked at once. */
final class ImageSynsetQueryParser {
    private static final int DEFAULT_TOP_K = 10;
    private static final int MAX_WORDS = 100;
    private static final int MAX_TEXT = 1000;

    /** What follows the name of another cluster. */
    private static final char REMOTE = ':';

    private static final List<String> INPUTS = List.of("image", "synsets", "words", "document");
    private static final Set<String> OPTIONS =
            Set.of(
                    "field",
                    "top_k",
                    "sidecar",
                    "similarity",
                    "mode",
                    "weak_matches",
                    "unknown_words",
                    "boost",
                    "_name");

    private static final Set<String> DOCUMENT_OPTIONS = Set.of("index", "id", "routing");

    /** What words do that lead to nothing that could be searched for. */
    private enum UnknownWordsOption {
        ERROR,
        IGNORE
    }

    private final Map<String, Object> body;
    private final QueryServices services;

    private ImageSynsetQueryParser(Map<String, Object> body, QueryServices services) {
        this.body = body;
        this.services = services;
    }

    /**
     * @throws ParsingException (status 400) naming the option, what was expected and what was found
     */
    static ImageSynsetQueryBuilder parse(XContentParser parser, QueryServices services)
            throws IOException {
        XContentLocation location = parser.getTokenLocation();
        Map<String, Object> body = parser.mapOrdered();
        // An option that says null was not given.
        body.values().removeIf(value -> value == null);
        try {
            return new ImageSynsetQueryParser(body, services).query();
        } catch (IllegalArgumentException e) {
            throw new ParsingException(
                    location, "[" + ImageSynsetQueryBuilder.NAME + "] " + e.getMessage());
        }
    }

    private ImageSynsetQueryBuilder query() {
        for (String name : body.keySet()) {
            if (INPUTS.contains(name) == false && OPTIONS.contains(name) == false) {
                throw new IllegalArgumentException(
                        "expected options of "
                                + INPUTS
                                + " and [field, top_k, sidecar, similarity, mode, weak_matches, unknown_words, boost, _name],"
                                + " found ["
                                + Excerpt.of(name)
                                + "]");
            }
        }
        List<String> given = INPUTS.stream().filter(body::containsKey).toList();
        if (given.size() != 1) {
            throw new IllegalArgumentException(
                    "expected exactly one of " + INPUTS + ", found " + given);
        }
        QueryInput input =
                switch (given.getFirst()) {
                    case "image" -> image();
                    case "synsets" ->
                            new QueryInput.Synsets(
                                    Weights.check(
                                            body.get("synsets"), services.vocabularies().all()));
                    case "words" -> words();
                    default -> document();
                };
        only("top_k", input instanceof QueryInput.Image, "image");
        only("sidecar", input instanceof QueryInput.Image, "image");
        boolean words = input instanceof QueryInput.Words;
        only("unknown_words", words, "words");
        only("similarity", words == false, "image, synsets or document");
        only("mode", words == false, "image, synsets or document");
        Mode mode = oneOf("mode", Mode.EXACT);
        if (mode == Mode.CANDIDATES && input instanceof QueryInput.Synsets synsets) {
            Weights.checkNoneNegative(synsets.weights());
        }
        Similarity similarity = oneOf("similarity", Similarity.INNER_PRODUCT);
        if (mode == Mode.CANDIDATES && similarity == Similarity.KINDS) {
            throw new IllegalArgumentException(
                    "expected [mode] [exact] with [similarity] [kinds], found [candidates]");
        }
        ImageSynsetQueryBuilder query =
                new ImageSynsetQueryBuilder(
                        input, field(), similarity, mode, weakMatches(), services);
        query.boost(boost());
        if (body.containsKey("_name")) {
            query.queryName(string("_name", body.get("_name")));
        }
        return query;
    }

    private QueryInput image() {
        String image = string("image", body.get("image"));
        if (image.isEmpty()) {
            throw new IllegalArgumentException(
                    "expected [image] to be base64 or a data URL, found nothing");
        }
        if (image.length() > ImageText.MAX.getBytes()) {
            throw new IllegalArgumentException(
                    "expected [image] to have at most ["
                            + ImageText.MAX
                            + "] of base64 text, found ["
                            + ByteSizeValue.ofBytes(image.length())
                            + "]; make the image smaller");
        }
        return new QueryInput.Image(
                image, topK(), string("sidecar", body.getOrDefault("sidecar", "")));
    }

    private SynsetFields field() {
        String field = string("field", body.getOrDefault("field", ""));
        // Nothing, as a search template has it where its parameter is left out.
        if (field.isEmpty() == false
                && Arrays.stream(field.split("\\.", -1)).anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(
                    "expected [field] to be the path of an object, as a processor's [target_field],"
                            + " found ["
                            + Excerpt.of(field)
                            + "]");
        }
        return SynsetFields.of(field);
    }

    private int topK() {
        Object value = body.getOrDefault("top_k", DEFAULT_TOP_K);
        if (number(value) instanceof Number number
                && number.doubleValue() == number.intValue()
                && number.intValue() >= 1
                && number.intValue() <= 1000) {
            return number.intValue();
        }
        throw new IllegalArgumentException(
                "expected [top_k] to be a whole number from [1] to [1000], found ["
                        + Excerpt.of(value)
                        + "]");
    }

    private QueryInput words() {
        List<String> words = new ArrayList<>();
        if (body.get("words") instanceof List<?> list) {
            list.forEach(element -> words.add(string("words", element)));
        } else {
            words.add(string("words", body.get("words")));
        }
        if (words.size() > MAX_WORDS) {
            throw new IllegalArgumentException(
                    "expected [words] to be at most ["
                            + MAX_WORDS
                            + "], found ["
                            + words.size()
                            + "]");
        }
        for (String text : words) {
            // Unicode has characters that become eighteen when they are made comparable.
            if (text.length() > MAX_TEXT) {
                throw new IllegalArgumentException(
                        format(
                                "expected [words] to have at most [%d] characters each, found [%d]",
                                MAX_TEXT, text.length()));
            }
        }
        boolean required =
                oneOf("unknown_words", UnknownWordsOption.ERROR) == UnknownWordsOption.ERROR;
        QueryInput.Words input = new QueryInput.Words(List.copyOf(words), required);
        SearchedVocabularies.checkWordsEarly(input, services.vocabularies());
        return input;
    }

    private QueryInput document() {
        if (body.get("document") instanceof Map<?, ?> map
                && map.containsKey("index")
                && map.containsKey("id")
                && DOCUMENT_OPTIONS.containsAll(map.keySet())) {
            String index = string("document.index", map.get("index"));
            String id = string("document.id", map.get("id"));
            if (index.indexOf(REMOTE) >= 0) {
                throw new IllegalArgumentException(
                        "expected [document.index] to be an index of this cluster, found ["
                                + Excerpt.of(index)
                                + "]; read the document's synsets there, and search by [synsets]");
            }
            Object routing = map.get("routing");
            if (index.isEmpty() == false && id.isEmpty() == false) {
                return new QueryInput.Document(
                        index, id, routing == null ? null : string("document.routing", routing));
            }
        }
        throw new IllegalArgumentException(
                "expected [document] to be an object of [index] and [id], neither empty, and perhaps"
                        + " [routing], found ["
                        + Excerpt.of(body.get("document"))
                        + "]");
    }

    private void only(String option, boolean applies, String inputs) {
        if (applies == false && body.containsKey(option)) {
            throw new IllegalArgumentException(
                    "expected [" + option + "] only with [" + inputs + "]; remove it");
        }
    }

    private float boost() {
        Object value = body.getOrDefault("boost", 1f);
        if (number(value) instanceof Number number
                && Float.isFinite(number.floatValue())
                && number.floatValue() >= 0) {
            return number.floatValue();
        }
        throw new IllegalArgumentException(
                "expected [boost] to be a finite number, 0 or more, found ["
                        + Excerpt.of(value)
                        + "]");
    }

    private boolean weakMatches() {
        Object value = body.getOrDefault("weak_matches", true);
        return switch (Excerpt.of(value)) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new IllegalArgumentException(
                            "expected [weak_matches] to be true or false, found ["
                                    + Excerpt.of(value)
                                    + "]");
        };
    }

    private <E extends Enum<E>> E oneOf(String option, E defaultValue) {
        Object value = body.get(option);
        if (value == null) {
            return defaultValue;
        }
        E[] legal = defaultValue.getDeclaringClass().getEnumConstants();
        return Arrays.stream(legal)
                .filter(constant -> name(constant).equals(value))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "expected ["
                                                + option
                                                + "] to be one of "
                                                + Arrays.stream(legal)
                                                        .map(ImageSynsetQueryParser::name)
                                                        .toList()
                                                + ", found ["
                                                + Excerpt.of(value)
                                                + "]"));
    }

    /**
     * A number, also one in quotation marks as search templates and other options of Elasticsearch
     * have it; null for anything else.
     */
    private static Number number(Object value) {
        if (value instanceof String text) {
            try {
                return Double.valueOf(text);
            } catch (NumberFormatException e) {
                return null;
            }
        }
        return value instanceof Number number ? number : null;
    }

    static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String string(String option, Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException(
                "expected [" + option + "] to be text, found [" + Excerpt.of(value) + "]");
    }
}
