package org.imagesynset.query.grammar;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.imagesynset.query.words.Understood;

/**
 * What is searched for by words.
 *
 * @param any of these a photo must show at least one: in each, all of the groups, and of a group at
 *     least one concept
 * @param none groups of which a photo must not show a concept
 * @param outcomes every word, in its order, and what became of it
 */
public record WordQuery(
        List<List<Set<String>>> any, List<Set<String>> none, List<Outcome> outcomes) {

    /**
     * @param text the number of the text that it is in
     * @param excluded whether photos that show it are left out
     */
    public record Outcome(Understood word, int text, boolean excluded) {}

    /** The concepts that a photo is found by. */
    public Set<String> concepts() {
        Set<String> concepts = new LinkedHashSet<>();
        any.forEach(term -> term.forEach(concepts::addAll));
        return concepts;
    }

    /** All groups that a photo may show, each once. */
    public List<Set<String>> groups() {
        return new ArrayList<>(new LinkedHashSet<>(any.stream().flatMap(List::stream).toList()));
    }

    /** Whether a photo may be asked to show more than one thing. */
    public boolean isSimple() {
        return groups().size() == 1 && none.isEmpty();
    }

    /** How many words lead to nothing that is searched for. */
    public int lost() {
        return (int) outcomes.stream().filter(one -> one.word().isSearched() == false).count();
    }

    /** Of several: what is said of all. */
    static WordQuery all(List<WordQuery> queries) {
        return new WordQuery(
                // Said twice, it is searched for once.
                flat(queries.stream().map(WordQuery::any)).stream().distinct().toList(),
                flat(queries.stream().map(WordQuery::none)).stream().distinct().toList(),
                flat(queries.stream().map(WordQuery::outcomes)));
    }

    private static <T> List<T> flat(Stream<List<T>> lists) {
        return lists.flatMap(List::stream).toList();
    }
}
