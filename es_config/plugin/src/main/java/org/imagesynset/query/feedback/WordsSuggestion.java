package org.imagesynset.query.feedback;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.rest.action.search.RestSearchAction;
import org.elasticsearch.search.suggest.Suggest;
import org.elasticsearch.search.suggest.Suggest.Suggestion;
import org.elasticsearch.xcontent.Text;
import org.elasticsearch.xcontent.XContentBuilder;
import org.imagesynset.query.grammar.UnknownWords;
import org.imagesynset.query.grammar.WordQuery;
import org.imagesynset.query.words.Reading;
import org.imagesynset.query.words.Understood;
import org.imagesynset.query.words.WordMatcher;

/** What became of each word, as {@code suggest.words} of a search's answer. */
public final class WordsSuggestion extends Suggestion<WordsSuggestion.Word> {
    public static final String NAME = "image_synset";
    private static final String SECTION = "words";

    /** Comparing an unknown word with all names takes milliseconds. */
    private static final int MOST_COMPARED = 5;

    /** Clients that want types read it as they read that of Elasticsearch's own. */
    private static final String READ_AS = "phrase";

    WordsSuggestion(WordQuery query, WordMatcher matcher) {
        super(SECTION, Integer.MAX_VALUE);
        int unknown = 0;
        for (WordQuery.Outcome outcome : query.outcomes()) {
            boolean isUnknown = outcome.word().reading().kind() == Reading.Kind.UNKNOWN;
            unknown += isUnknown ? 1 : 0;
            boolean near = isUnknown == false || unknown <= MOST_COMPARED;
            addTerm(
                    new Word(
                            outcome,
                            near ? UnknownWords.near(outcome.word(), matcher) : List.of()));
        }
    }

    /** Reads what another node has written. */
    public WordsSuggestion(StreamInput in) throws IOException {
        super(in);
    }

    @Override
    protected Word newEntry(StreamInput in) throws IOException {
        return new Word(in);
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder json, Params params) throws IOException {
        boolean typed = params.paramAsBoolean(RestSearchAction.TYPED_KEYS_PARAM, false);
        json.startArray(typed ? READ_AS + "#" + SECTION : SECTION);
        for (Word word : entries) {
            word.toXContent(json, params);
        }
        return json.endArray();
    }

    /** One word, or several that make a name. */
    public static final class Word extends Suggestion.Entry<Near> {
        private final String meaning;
        private final List<String> searched;
        private final boolean excluded;
        private final String note;

        private Word(WordQuery.Outcome outcome, List<String> nearest) {
            super(
                    new Text(outcome.word().text()),
                    outcome.word().start(),
                    outcome.word().text().length());
            Understood word = outcome.word();
            meaning = word.reading().kind().name().toLowerCase(Locale.ROOT);
            searched = word.reading().searched();
            excluded = outcome.excluded();
            note = Sentences.of(outcome, nearest);
            float score = 1;
            for (String near : nearest) {
                addOption(new Near(new Text(near), score));
                score /= 2;
            }
        }

        private Word(StreamInput in) throws IOException {
            super(in);
            meaning = in.readString();
            searched = in.readStringCollectionAsList();
            excluded = in.readBoolean();
            note = in.readString();
        }

        @Override
        protected Near newOption(StreamInput in) throws IOException {
            return new Near(in);
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            super.writeTo(out);
            out.writeString(meaning);
            out.writeStringCollection(searched);
            out.writeBoolean(excluded);
            out.writeString(note);
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder json, Params params) throws IOException {
            json.startObject();
            json.field("text", text.string());
            json.field("offset", offset);
            json.field("length", length);
            json.field("meaning", meaning);
            json.stringListField("searched", searched);
            json.field("excluded", excluded);
            json.field("note", note);
            json.startArray("options");
            for (Near option : options) {
                json.startObject();
                option.toXContent(json, params);
                json.endObject();
            }
            return json.endArray().endObject();
        }
    }

    /** What may be searched for instead; the nearest has the highest score. */
    public static final class Near extends Suggestion.Entry.Option {
        private Near(Text text, float score) {
            super(text, score);
        }

        private Near(StreamInput in) throws IOException {
            super(in);
        }
    }

    /** The same beside what a search's own suggesters have found. */
    Suggest beside(Suggest others) {
        List<Suggestion<? extends Entry<? extends Entry.Option>>> all = new ArrayList<>();
        if (others != null) {
            others.forEach(all::add);
        }
        all.add(this);
        return new Suggest(all);
    }
}
