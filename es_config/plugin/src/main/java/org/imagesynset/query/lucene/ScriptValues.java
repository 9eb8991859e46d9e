package org.imagesynset.query.lucene;

import org.apache.lucene.search.DoubleValues;
import org.elasticsearch.script.ScoreScript;

/** What a script says of each document. */
public final class ScriptValues extends DoubleValues {
    private final ScoreScript script;

    public ScriptValues(ScoreScript script) {
        this.script = script;
    }

    @Override
    public boolean advanceExact(int doc) {
        script.setDocument(doc);
        return true;
    }

    @Override
    public double doubleValue() {
        return script.execute(null);
    }
}
