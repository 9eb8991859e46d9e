package org.imagesynset.query;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.SetOnce;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.imagesynset.compat.LuceneQueryBuilder;
import org.imagesynset.query.QueryInput.Kind;

/**
 * The query {@code image_synset} as it is read, sent between nodes and made ready: an image is
 * analyzed and a document fetched on the coordinating node, so the shards see synsets or words.
 */
public final class ImageSynsetQueryBuilder extends LuceneQueryBuilder<ImageSynsetQueryBuilder> {
    public static final String NAME = "image_synset";

    private final QueryInput input;
    private final SynsetFields fields;
    private final Similarity similarity;
    private final Mode mode;
    private final boolean weakMatches;
    private final QueryServices services;

    /** Where the synsets of the input will be, once they have been asked for; else null. */
    private final SetOnce<Map<String, Double>> asked;

    ImageSynsetQueryBuilder(
            QueryInput input,
            SynsetFields fields,
            Similarity similarity,
            Mode mode,
            boolean weakMatches,
            QueryServices services) {
        this(input, fields, similarity, mode, weakMatches, services, null);
    }

    private ImageSynsetQueryBuilder(
            QueryInput input,
            SynsetFields fields,
            Similarity similarity,
            Mode mode,
            boolean weakMatches,
            QueryServices services,
            SetOnce<Map<String, Double>> asked) {
        this.input = input;
        this.fields = fields;
        this.similarity = similarity;
        this.mode = mode;
        this.weakMatches = weakMatches;
        this.services = services;
        this.asked = asked;
    }

    /** Reads what another node has written. */
    public ImageSynsetQueryBuilder(StreamInput in, QueryServices services) throws IOException {
        super(in);
        Kind kind = in.readEnum(Kind.class);
        if (kind == Kind.BELOW) {
            fields = new SynsetFields(in.readString());
            kind = in.readEnum(Kind.class);
        } else {
            fields = new SynsetFields("");
        }
        input = QueryInput.read(kind, in);
        similarity = in.readEnum(Similarity.class);
        mode = in.readEnum(Mode.class);
        weakMatches = in.readBoolean();
        this.services = services;
        asked = null;
    }

    /**
     * Reads the body of a query.
     *
     * @throws org.elasticsearch.common.ParsingException (status 400) saying what to change
     */
    public static ImageSynsetQueryBuilder fromXContent(
            XContentParser parser, QueryServices services) throws IOException {
        return ImageSynsetQueryParser.parse(parser, services);
    }

    @Override
    protected void doWriteTo(StreamOutput out) throws IOException {
        if (asked != null) {
            throw new IllegalStateException(
                    "[" + NAME + "] expected to be rewritten before it is sent");
        }
        if (fields.root().isEmpty() == false) {
            out.writeEnum(Kind.BELOW);
            out.writeString(fields.root());
        }
        input.writeTo(out);
        out.writeEnum(similarity);
        out.writeEnum(mode);
        out.writeBoolean(weakMatches);
    }

    @Override
    protected void doXContent(XContentBuilder json, Params params) throws IOException {
        json.startObject(NAME);
        input.toXContent(json, params);
        if (fields.root().isEmpty() == false) {
            json.field("field", fields.root());
        }
        if (input instanceof QueryInput.Words == false) {
            json.field("similarity", ImageSynsetQueryParser.name(similarity));
            json.field("mode", ImageSynsetQueryParser.name(mode));
        }
        json.field("weak_matches", weakMatches);
        boostAndQueryNameToXContent(json);
        json.endObject();
    }

    /** Asks for the synsets at first, and takes them when they have come. */
    @Override
    protected QueryBuilder doRewrite(QueryRewriteContext context) {
        if (asked != null) {
            return asked.get() == null ? this : with(new QueryInput.Synsets(asked.get()), null);
        }
        SearchedVocabularies.check(input, fields, context, services.vocabularies());
        return switch (input) {
            case QueryInput.Image image -> {
                Set<String> searched = SearchedVocabularies.names(context, fields);
                yield ask(
                        context,
                        (client, listener) ->
                                services.analyzer()
                                        .analyze(
                                                image.image(),
                                                image.topK(),
                                                image.sidecar(),
                                                searched,
                                                listener.map(seen -> scores(seen, searched))));
            }
            case QueryInput.Document document ->
                    ask(
                            context,
                            (client, listener) ->
                                    DocumentSynsets.fetch(
                                            client,
                                            document,
                                            fields,
                                            services.vocabularies().all(),
                                            listener));
            case QueryInput.Synsets synsets -> this;
            case QueryInput.Words words -> this;
        };
    }

    private static Map<String, Double> scores(ImageAnalyzer.Seen seen, Set<String> searched) {
        if (searched.isEmpty() || searched.contains(seen.vocabulary())) {
            return seen.scores();
        }
        throw new IllegalArgumentException(
                "["
                        + NAME
                        + "] expected indices with the classes of the vocabulary ["
                        + seen.vocabulary()
                        + "], in which the sidecar names what an image shows, found "
                        + searched
                        + "; search other indices, or let this node ask a sidecar with their model: [ingest.image_synset.sidecars.<name>.urls]");
    }

    private interface Question {
        void put(Client client, ActionListener<Map<String, Double>> listener);
    }

    private QueryBuilder ask(QueryRewriteContext context, Question question) {
        SetOnce<Map<String, Double>> answer = new SetOnce<>();
        context.registerAsyncAction(
                (client, listener) ->
                        question.put(
                                client,
                                listener.delegateFailureAndWrap(
                                        (next, synsets) -> {
                                            answer.set(synsets);
                                            next.onResponse(null);
                                        })));
        return with(input, answer);
    }

    private ImageSynsetQueryBuilder with(
            QueryInput newInput, SetOnce<Map<String, Double>> newAsked) {
        return new ImageSynsetQueryBuilder(
                        newInput, fields, similarity, mode, weakMatches, services, newAsked)
                .boost(boost)
                .queryName(queryName);
    }

    @Override
    protected Query toLucene(SearchExecutionContext context) {
        LuceneQueries queries =
                new LuceneQueries(
                        fields,
                        context,
                        () ->
                                SearchedVocabularies.ofIndex(
                                                fields, context, services.vocabularies())
                                        .synsets());
        return switch (input) {
            case QueryInput.Synsets synsets ->
                    queries.bySynsets(synsets.weights(), similarity, mode, weakMatches);
            case QueryInput.Words words ->
                    queries.byWords(
                            SearchedVocabularies.words(
                                    words.words(), fields, context, services.vocabularies()),
                            weakMatches);
            case QueryInput.Image image -> throw notReady();
            case QueryInput.Document document -> throw notReady();
        };
    }

    private static IllegalArgumentException notReady() {
        return new IllegalArgumentException(
                "["
                        + NAME
                        + "] expected a place where queries are rewritten first; "
                        + "use [synsets] or [words] here instead of [image] and [document]");
    }

    @Override
    protected boolean doEquals(ImageSynsetQueryBuilder other) {
        return input.equals(other.input)
                && fields.equals(other.fields)
                && similarity == other.similarity
                && mode == other.mode
                && weakMatches == other.weakMatches
                && asked == other.asked;
    }

    @Override
    protected int doHashCode() {
        return Objects.hash(input, fields, similarity, mode, weakMatches, asked);
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }

    /** What is sent has been the same in every version of this plugin. */
    @Override
    public TransportVersion getMinimalSupportedVersion() {
        return TransportVersion.zero();
    }
}
