package org.imagesynset.query.feedback;

import java.util.List;
import java.util.stream.Collectors;
import org.imagesynset.query.grammar.WordQuery;
import org.imagesynset.query.words.PlainText;
import org.imagesynset.query.words.Reading;
import org.imagesynset.query.words.Understood;
import org.imagesynset.query.words.WordMatcher;

/** Says in a sentence what became of a word. */
final class Sentences {
    private Sentences() {}

    /** Empty where the word is a name of what is searched for, and nothing needs to be said. */
    static String of(WordQuery.Outcome outcome, List<String> nearest) {
        Understood word = outcome.word();
        Reading reading = word.reading();
        String quoted = "“" + word.text() + "”";
        String searched = names(reading.searched());
        String done = outcome.excluded() ? "left out" : "searched for";
        String sentence =
                switch (reading.kind()) {
                    case KNOWN ->
                            outcome.excluded() ? "Photos of " + searched + " are left out." : "";
                    case FILENAME ->
                            outcome.excluded()
                                    ? "Files named like " + quoted + " are left out."
                                    : "";
                    case SAME ->
                            named(word, searched) && outcome.excluded() == false
                                    ? ""
                                    : quoted + " means " + searched + ".";
                    case NEAR -> quoted + " is not known: " + done + " " + searched + " instead.";
                    case UNKNOWABLE ->
                            quoted + " can't be searched for: " + reading.reason().sentence() + ".";
                    case OFFERED, UNKNOWN -> quoted + " is not known" + tries(nearest);
                };
        return word.corrected() == null
                ? sentence
                : (quoted + " was read as “" + word.corrected() + "”. " + sentence).strip();
    }

    /** Whether the word is the very name of what is searched for. */
    private static boolean named(Understood word, String searched) {
        return PlainText.plain(word.text()).equals(PlainText.plain(searched));
    }

    private static String tries(List<String> near) {
        return near.isEmpty() ? "." : "; try " + String.join(", ", near) + ".";
    }

    private static String names(List<String> concepts) {
        return concepts.stream()
                .map(WordMatcher::readable)
                .distinct()
                .collect(Collectors.joining(" or "));
    }
}
