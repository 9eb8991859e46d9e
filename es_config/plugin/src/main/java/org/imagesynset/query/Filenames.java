package org.imagesynset.query;

import java.io.IOException;
import java.util.Locale;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.elasticsearch.index.mapper.KeywordFieldMapper.KeywordFieldType;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.imagesynset.query.words.Reading;

/** Finds photos by part of the name of their file, whatever its case. */
final class Filenames {
    static final String FIELD = "filename";

    private final SearchExecutionContext context;

    Filenames(SearchExecutionContext context) {
        this.context = context;
    }

    static boolean isFilename(String name) {
        return name.startsWith(Reading.FILENAME_PREFIX);
    }

    private static String part(String name) {
        return name.substring(Reading.FILENAME_PREFIX.length());
    }

    /** Nothing where an index has no names of files as the template of ours maps them. */
    Query query(String name) {
        if (context.getFieldType(FIELD) instanceof KeywordFieldType type) {
            String literal = part(name).replaceAll("([\\\\*?])", "\\\\$1");
            return type.wildcardQuery("*" + literal + "*", null, true, context);
        }
        return new MatchNoDocsQuery("no keyword field [" + FIELD + "]");
    }

    /** 1 for documents whose file is named so. */
    DoubleValues named(LeafReaderContext leaf, String name) throws IOException {
        if (context.getFieldType(FIELD) instanceof KeywordFieldType == false) {
            return DoubleValues.EMPTY;
        }
        String wanted = part(name).toLowerCase(Locale.ROOT);
        SortedSetDocValues names = DocValues.getSortedSet(leaf.reader(), FIELD);
        return new DoubleValues() {
            @Override
            public double doubleValue() {
                return 1;
            }

            @Override
            public boolean advanceExact(int doc) throws IOException {
                if (names.advanceExact(doc)) {
                    for (int i = 0; i < names.docValueCount(); i++) {
                        String found = names.lookupOrd(names.nextOrd()).utf8ToString();
                        if (found.toLowerCase(Locale.ROOT).contains(wanted)) {
                            return true;
                        }
                    }
                }
                return false;
            }
        };
    }
}
