package org.imagesynset.query;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.lucene.document.FeatureField;
import org.apache.lucene.queries.function.FunctionMatchQuery;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.Query;
import org.imagesynset.query.grammar.WordQuery;
import org.imagesynset.query.lucene.ImageSynsetQuery;
import org.imagesynset.query.scores.DocumentScores;
import org.imagesynset.query.words.KnownSynsets;
import org.imagesynset.query.words.WordMatcher;

/**
 * Makes queries of words. A document's score is the sum of its masses under the concepts; one that
 * shows all that several words ask for has as much more as it takes to come before all others.
 */
final class WordsQueries {
    private final String field;
    private final KnownSynsets known;
    private final Filenames filenames;

    WordsQueries(String field, KnownSynsets known, Filenames filenames) {
        this.field = field;
        this.known = known;
        this.filenames = filenames;
    }

    /**
     * @param weakMatches whether photos of less mass than the concepts' cuts are found too
     */
    Query of(WordQuery words, boolean weakMatches) {
        Map<String, Double> weights = new TreeMap<>();
        words.concepts().forEach(concept -> weights.put(concept, 1.0));
        boolean named = weights.keySet().stream().anyMatch(Filenames::isFilename);
        if (weakMatches && words.isSimple() && named == false) {
            return LuceneQueries.byFeatures(field, weights);
        }
        BooleanQuery.Builder found = new BooleanQuery.Builder();
        found.add(any(words.any(), weakMatches), Occur.FILTER);
        words.none().forEach(group -> found.add(shown(group, false), Occur.MUST_NOT));
        Query masses = scored(weights);
        if (words.any().size() == 1) {
            return query(found.add(masses, Occur.MUST).build(), weights, scores());
        }
        List<Set<String>> groups = words.groups();
        // What is found is multiplied with the largest weight, which is that of showing all.
        double most = weights.size();
        found.add(new BoostQuery(masses, (float) (1 / most)), Occur.MUST);
        found.add(new ConstantScoreQuery(all(groups, false)), Occur.SHOULD);
        String all =
                groups.stream()
                        .map(group -> WordMatcher.readable(group.iterator().next()))
                        .collect(Collectors.joining(" AND "));
        weights.put(all, most);
        return query(
                found.build(),
                weights,
                leaf -> {
                    DocumentScores.Leaf ofLeaf = scores().leaf(leaf);
                    return name -> name.equals(all) ? shown(groups, ofLeaf) : ofLeaf.of(name);
                });
    }

    /** The sum of the masses, and 1 for each file that is named so. */
    private Query scored(Map<String, Double> weights) {
        Map<String, Double> concepts = new TreeMap<>(weights);
        concepts.keySet().removeIf(Filenames::isFilename);
        BooleanQuery.Builder scored = new BooleanQuery.Builder();
        if (concepts.isEmpty() == false) {
            scored.add(LuceneQueries.features(field, concepts), Occur.SHOULD);
        }
        weights.keySet().stream()
                .filter(Filenames::isFilename)
                .forEach(
                        name ->
                                scored.add(
                                        new ConstantScoreQuery(filenames.query(name)),
                                        Occur.SHOULD));
        return concepts.size() == weights.size()
                ? LuceneQueries.features(field, concepts)
                : scored.build();
    }

    private DocumentScores scores() {
        DocumentScores masses = LuceneQueries.features(field);
        return leaf -> {
            DocumentScores.Leaf ofLeaf = masses.leaf(leaf);
            return name ->
                    Filenames.isFilename(name) ? filenames.named(leaf, name) : ofLeaf.of(name);
        };
    }

    private Query query(Query found, Map<String, Double> weights, DocumentScores scores) {
        return new ImageSynsetQuery(found, read(weights), weights, scores, null);
    }

    private Set<String> read(Map<String, Double> weights) {
        return weights.keySet().stream().anyMatch(Filenames::isFilename)
                ? Set.of(field, Filenames.FIELD)
                : Set.of(field);
    }

    private Query any(List<List<Set<String>>> terms, boolean weak) {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        terms.forEach(term -> any.add(all(term, weak), Occur.SHOULD));
        return any.build();
    }

    private Query all(List<Set<String>> groups, boolean weak) {
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        groups.forEach(group -> all.add(shown(group, weak), Occur.FILTER));
        return all.build();
    }

    /** Documents with one of the concepts. */
    private Query shown(Set<String> group, boolean weak) {
        BooleanQuery.Builder shown = new BooleanQuery.Builder();
        for (String concept : group) {
            shown.add(
                    Filenames.isFilename(concept)
                            ? filenames.query(concept)
                            : weak
                                    ? FeatureField.newLinearQuery(field, concept, 1)
                                    : atLeast(concept),
                    Occur.SHOULD);
        }
        return shown.build();
    }

    private Query atLeast(String concept) {
        float cut = known.cut(concept);
        return new FunctionMatchQuery(
                FeatureField.newDoubleValues(field, concept), mass -> mass >= cut);
    }

    private float cut(String concept) {
        return Filenames.isFilename(concept) ? 1 : known.cut(concept);
    }

    /** 1 for documents that show a concept of each group. */
    private DoubleValues shown(List<Set<String>> groups, DocumentScores.Leaf masses) {
        return new DoubleValues() {
            @Override
            public double doubleValue() {
                return 1;
            }

            @Override
            public boolean advanceExact(int doc) throws IOException {
                for (Set<String> group : groups) {
                    boolean shown = false;
                    for (String concept : group) {
                        DoubleValues mass = masses.of(concept);
                        shown |= mass.advanceExact(doc) && mass.doubleValue() >= cut(concept);
                    }
                    if (shown == false) {
                        return false;
                    }
                }
                return true;
            }
        };
    }
}
