package org.imagesynset.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.hash.MessageDigests;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.imagesynset.query.lucene.Weights;
import org.imagesynset.query.words.KnownSynsets;
import org.imagesynset.query.words.Vocabularies;
import org.imagesynset.query.words.Vocabulary;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageSynsetQueryParserTests {
    private static final QueryServices NOBODY =
            new QueryServices(
                    (image, topK, sidecar, vocabularies, listener) -> {},
                    new Vocabularies() {
                        @Override
                        public Vocabulary get(String name) {
                            return name.equals("imagenet") ? Vocabulary.imagenet() : null;
                        }

                        @Override
                        public Collection<Vocabulary> all() {
                            return List.of(Vocabulary.imagenet());
                        }
                    });

    @BeforeAll
    static void logging() {
        LogConfigurator.configureESLogging();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"image\":\"QQ==\"}",
                "{\"image\":\"data:image/png;base64,QQ==\",\"top_k\":1000,\"similarity\":\"cosine\"}",
                "{\"synsets\":{\"tabby\":0.5,\"crate\":-0.25},\"boost\":2,\"_name\":\"mine\"}",
                "{\"synsets\":{\"tabby\":1},\"mode\":\"candidates\"}",
                "{\"words\":\"sports cars\"}",
                "{\"words\":[\"cat\",\"dogs\"],\"boost\":0.5}",
                "{\"document\":{\"index\":\"photos\",\"id\":\"7\"},\"similarity\":\"cosine\"}",
                "{\"document\":{\"index\":\"photos\",\"id\":\"7\",\"routing\":\"alice\"}}",
                "{\"image\":\"QQ==\",\"sidecar\":\"shop\",\"field\":\"front\"}",
                "{\"image\":\"QQ==\",\"sidecar\":\"\"}",
                "{\"image\":\"QQ==\",\"top_k\":\"5\",\"boost\":\"0.5\"}",
                "{\"words\":\"cat\",\"field\":\"photos.front\"}",
                "{\"synsets\":{\"tabby\":1},\"field\":\"front\",\"similarity\":\"cosine\"}",
                "{\"words\":\"cat\",\"image\":null,\"top_k\":null}"
            })
    void goesRoundAsJsonAndBetweenNodes(String body) throws IOException {
        ImageSynsetQueryBuilder query = parse(body);
        String json = Strings.toString(query);
        try (XContentParser parser = parser(json)) {
            parser.nextToken();
            parser.nextToken();
            parser.nextToken();
            assertSame(query, ImageSynsetQueryBuilder.fromXContent(parser, NOBODY));
        }
        BytesStreamOutput out = new BytesStreamOutput();
        query.writeTo(out);
        try (StreamInput in = out.bytes().streamInput()) {
            assertSame(query, new ImageSynsetQueryBuilder(in, NOBODY));
            assertEquals(-1, in.read());
        }
    }

    private static void assertSame(ImageSynsetQueryBuilder one, ImageSynsetQueryBuilder other) {
        assertEquals(one, other);
        assertEquals(one.hashCode(), other.hashCode());
        assertEquals(Strings.toString(one), Strings.toString(other));
    }

    /** Whoever may watch tasks reads it. */
    @Test
    void theDescriptionOfASearchHasTheImagesHashOnly() throws IOException {
        String image = "data:image/png;base64,QUFBQUFBQUFBQUFBQUFBQQ";
        ImageSynsetQueryBuilder query = parse("{\"image\":\"" + image + "\"}");
        SearchSourceBuilder source =
                new SearchSourceBuilder().query(QueryBuilders.boolQuery().filter(query));
        String description = new SearchRequest().source(source).buildDescription();
        assertFalse(description.contains("QUFB"), description);
        String sha256 =
                MessageDigests.toHexString(
                        MessageDigests.sha256()
                                .digest("A".repeat(16).getBytes(StandardCharsets.US_ASCII)));
        assertTrue(
                description.contains("\"image\":{\"sha256\":\"" + sha256 + "\",\"bytes\":16}"),
                description);
        // what may be stored and read again
        assertTrue(source.toString().contains(image));
        assertTrue(Strings.toString(source).contains(image));
    }

    @Test
    void theDescriptionOfASearchByWhatIsNotAnImageHasNothingOfItEither() throws IOException {
        ImageSynsetQueryBuilder query = parse("{\"image\":\"secret \\u0001 text\"}");
        String description =
                new SearchRequest()
                        .source(new SearchSourceBuilder().query(query))
                        .buildDescription();
        assertFalse(description.contains("secret"), description);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"image\": [LONG]}",
                "{\"image\": {\"a\": LONG}}",
                "{\"synsets\": LONG}",
                "{\"synsets\": {\"tabby\": LONG}}",
                "{\"synsets\": {LONG: []}}",
                "{\"words\": [[LONG]]}",
                "{\"document\": LONG}",
                "{\"document\": {\"index\": [LONG], \"id\": \"1\"}}",
                "{\"document\": {LONG: \"photos\", \"id\": \"1\"}}",
                "{\"image\": \"QQ==\", \"top_k\": LONG}",
                "{\"image\": \"QQ==\", \"similarity\": LONG}",
                "{\"image\": \"QQ==\", \"mode\": [LONG]}",
                "{\"image\": \"QQ==\", \"weak_matches\": LONG}",
                "{\"image\": \"QQ==\", \"boost\": LONG}",
                "{\"image\": \"QQ==\", \"_name\": [LONG]}",
                "{\"image\": \"QQ==\", \"field\": [LONG]}",
                "{\"image\": \"QQ==\", \"field\": FIELD}",
                "{LONG: 1}"
            })
    void whatWasSentIsQuotedInTwoHundredCharacters(String body) {
        String text = "A".repeat(3_000_000);
        String sent =
                body.replace("LONG", "\"" + text + "\"").replace("FIELD", "\"a..b" + text + "\"");
        String message = assertThrows(ParsingException.class, () -> parse(sent)).getMessage();
        assertEquals(-1, message.indexOf("A".repeat(201)), body);
        assertTrue(message.length() < 500, () -> message.substring(0, 500));
    }

    @Test
    void whatWasSentAsAnExtensionIsQuotedInTwoHundredCharactersToo() throws IOException {
        String body = "{\"why\": \"" + "A".repeat(3_000_000) + "\"}";
        try (XContentParser parser = parser(body)) {
            parser.nextToken();
            String message =
                    assertThrows(ParsingException.class, () -> WhyBuilder.fromXContent(parser))
                            .getMessage();
            assertTrue(message.length() < 300);
        }
    }

    /** A node with an older plugin understands it. */
    @Test
    void withoutAFieldWhatIsSentIsAsItWas() throws IOException {
        for (String field : List.of("", "synset")) {
            BytesStreamOutput out = new BytesStreamOutput();
            parse("{\"words\":\"cat\",\"field\":\"" + field + "\"}").writeTo(out);
            BytesStreamOutput expected = new BytesStreamOutput();
            parse("{\"words\":\"cat\"}").writeTo(expected);
            assertEquals(expected.bytes(), out.bytes());
        }
    }

    @Test
    void everyPartMakesAnotherQuery() throws IOException {
        List<ImageSynsetQueryBuilder> queries =
                List.of(
                        parse("{\"synsets\":{\"tabby\":1}}"),
                        parse("{\"synsets\":{\"tabby\":2}}"),
                        parse("{\"synsets\":{\"tabby\":1},\"similarity\":\"cosine\"}"),
                        parse("{\"synsets\":{\"tabby\":1},\"mode\":\"candidates\"}"),
                        parse("{\"synsets\":{\"tabby\":1},\"boost\":2}"),
                        parse("{\"synsets\":{\"tabby\":1},\"_name\":\"x\"}"),
                        parse("{\"synsets\":{\"tabby\":1},\"field\":\"front\"}"),
                        parse("{\"words\":\"tabby\"}"),
                        parse("{\"image\":\"tabby\"}"),
                        parse("{\"image\":\"tabby\",\"sidecar\":\"shop\"}"),
                        parse("{\"image\":\"tabby\",\"top_k\":5}"));
        for (int i = 0; i < queries.size(); i++) {
            for (int j = 0; j < i; j++) {
                assertNotEquals(queries.get(i), queries.get(j));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {}                                            | found []
                    {"image": "QQ==", "words": "cat"}             | exactly one of [image, synsets, words, document], found [image, words]
                    {"picture": "QQ=="}                           | found [picture]
                    {"words": "cat", "field": "a..b"}             | [field] to be the path of an object
                    {"words": "cat", "field": 1}                  | [field] to be text, found [1]
                    {"image": ""}                                 | found nothing
                    {"image": 3}                                  | [image] to be text, found [3]
                    {"image": "QQ==", "top_k": 1001}              | [top_k] to be a whole number from [1] to [1000]
                    {"image": "QQ==", "top_k": 2.5}               | found [2.5]
                    {"image": "QQ==", "sidecar": {"urls": "a"}}   | [sidecar] to be text
                    {"words": "cat", "sidecar": "shop"}           | [sidecar] only with [image]
                    {"synsets": {"tabbi": 1}}                     | [tabbi] (near: tabby)
                    {"synsets": {"Tabby": 1}}                     | [Tabby] (near: tabby
                    {"synsets": {"crane": 1}}                     | [crane] (near: crane_n02012849, crane_n03126707
                    {"synsets": {"tabby": 1e10}}                  | [tabby] to be a number from [-1.0E9] to [1.0E9], found [1.0E10]
                    {"synsets": {"tabby": 1e400}}                 | found [Infinity]
                    {"synsets": {"tabby": "NaN"}}                 | found [NaN]
                    {"synsets": {"tabby": true}}                  | found [true]
                    {"synsets": {"tabby": -1, "tench": 0}}        | at least [1.0E-9], found at most [0.0]
                    {"synsets": "tabby"}                          | [synsets] to be an object
                    {"words": []}                                 | at least one word
                    {"words": " _- "}                             | at least one word
                    {"words": "wyvernx qqqqq"}                      | [wyvernx] (nothing similar is known), [qqqqq]
                    {"words": "cat", "similarity": "cosine"}      | [similarity] only with
                    {"document": "7"}                             | [document] to be an object of [index] and [id]
                    {"document": {"id": "7"}}                     | [document] to be an object of [index] and [id]
                    {"document": {"index": "a", "id": 7}}         | [document.id] to be text, found [7]
                    {"document": {"index": "far:a", "id": "7"}}   | [document.index] to be an index of this cluster, found [far:a]
                    {"words": "cat", "boost": -1}                 | [boost] to be a finite number, 0 or more, found [-1]
                    {"words": "cat", "boost": 1e39}               | found [1.0E39]
                    {"synsets": {"tabby": 1}, "mode": "fast"}     | [mode] to be one of [exact, candidates], found [fast]
                    {"synsets": {"tabby": 1, "tench": -1}, "mode": "candidates"} | found [tench] [-1.0]; use [exact]
                    """)
    void anErrorSaysWhatToChange(String body, String said) {
        ParsingException error = assertThrows(ParsingException.class, () -> parse(body));
        assertEquals(400, error.status().getStatus());
        assertTrue(error.getMessage().contains(said), error.getMessage());
    }

    @Test
    void anImageOfMoreThan28MegabytesIsRefused() {
        String image = "A".repeat(30_000_000);
        ParsingException error =
                assertThrows(ParsingException.class, () -> parse("{\"image\":\"" + image + "\"}"));
        assertTrue(error.getMessage().contains("at most [28mb]"), error.getMessage());
        assertTrue(error.getMessage().length() < 500);
    }

    @Test
    void aThousandSynsetsAreTaken() {
        Map<String, Double> all = new java.util.HashMap<>();
        KnownSynsets.get().classes().forEach(name -> all.put(name, 0.5));
        assertEquals(1000, Weights.check(all, NOBODY.vocabularies().all()).size());
    }

    private static ImageSynsetQueryBuilder parse(String body) throws IOException {
        try (XContentParser parser = parser(body)) {
            parser.nextToken();
            return ImageSynsetQueryBuilder.fromXContent(parser, NOBODY);
        }
    }

    private static XContentParser parser(String json) throws IOException {
        return JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, json);
    }
}
