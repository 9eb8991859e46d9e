package org.imagesynset.query.words;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What an English noun may be the plural of; WordNet's own rules, and its commonest exceptions. */
final class Plurals {
    private record Rule(String plural, String singular) {}

    private static final List<Rule> RULES =
            List.of(
                    new Rule("s", ""),
                    new Rule("ses", "s"),
                    new Rule("xes", "x"),
                    new Rule("zes", "z"),
                    new Rule("ches", "ch"),
                    new Rule("shes", "sh"),
                    new Rule("oes", "o"),
                    new Rule("ies", "y"),
                    new Rule("ves", "f"),
                    new Rule("ves", "fe"),
                    new Rule("men", "man"));

    private static final Map<String, String> EXCEPTIONS =
            Map.of(
                    "people", "person",
                    "children", "child",
                    "mice", "mouse",
                    "geese", "goose",
                    "feet", "foot",
                    "teeth", "tooth",
                    "oxen", "ox",
                    "fungi", "fungus",
                    "cacti", "cactus");

    private Plurals() {}

    /** The word itself, then every singular that it may have; most of them are not words. */
    static List<String> readings(String word) {
        List<String> readings = new ArrayList<>();
        readings.add(word);
        if (EXCEPTIONS.containsKey(word)) {
            readings.add(EXCEPTIONS.get(word));
        }
        for (Rule rule : RULES) {
            if (word.endsWith(rule.plural())) {
                int stem = word.length() - rule.plural().length();
                readings.add(word.substring(0, stem) + rule.singular());
            }
        }
        return readings;
    }

    /** What may be the plural of a word, where only that is a name: trousers, scissors. */
    static List<String> of(String word) {
        List<String> plurals = new ArrayList<>();
        for (Rule rule : RULES) {
            if (word.endsWith(rule.singular()) && word.endsWith(rule.plural()) == false) {
                int stem = word.length() - rule.singular().length();
                plurals.add(word.substring(0, stem) + rule.plural());
            }
        }
        return plurals;
    }
}
