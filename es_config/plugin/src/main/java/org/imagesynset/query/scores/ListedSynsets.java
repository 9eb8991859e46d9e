package org.imagesynset.query.scores;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.DoubleValues;

/**
 * The synsets of a segment's documents and their scores, found by the names that each document
 * lists: ten of them, where a query may have hundreds.
 *
 * <p>A document that lists no names is asked for all names there are. Documents must be asked for
 * in their order.
 */
public final class ListedSynsets {
    /** What is done with one synset of a document. */
    public interface Visitor {
        void visit(String name, double score);
    }

    private record Column(String name, DoubleValues scores) {}

    private final SortedSetDocValues names;
    private final DocumentScores.Leaf documents;
    private final Set<String> all;
    private final Map<Long, Column> byOrdinal = new HashMap<>();
    private final Map<String, Column> byName = new HashMap<>();

    /**
     * @param all the names that count
     */
    public ListedSynsets(
            LeafReaderContext leaf, LeafNames names, DocumentScores documents, Set<String> all)
            throws IOException {
        this.names = names.values(leaf);
        this.documents = documents.leaf(leaf);
        this.all = all;
    }

    public void forEach(int doc, Visitor visitor) throws IOException {
        if (names.advanceExact(doc)) {
            for (int i = names.docValueCount(); i > 0; i--) {
                visit(ofOrdinal(names.nextOrd()), doc, visitor);
            }
        } else {
            for (String name : all) {
                visit(ofName(name), doc, visitor);
            }
        }
    }

    private static void visit(Column column, int doc, Visitor visitor) throws IOException {
        if (column.scores().advanceExact(doc)) {
            visitor.visit(column.name(), column.scores().doubleValue());
        }
    }

    private Column ofOrdinal(long ordinal) throws IOException {
        Column column = byOrdinal.get(ordinal);
        if (column == null) {
            column = ofName(names.lookupOrd(ordinal).utf8ToString());
            byOrdinal.put(ordinal, column);
        }
        return column;
    }

    private Column ofName(String name) throws IOException {
        Column column = byName.get(name);
        if (column == null) {
            boolean counts = all.contains(name);
            column = new Column(name, counts ? documents.of(name) : DoubleValues.EMPTY);
            byName.put(name, column);
        }
        return column;
    }
}
