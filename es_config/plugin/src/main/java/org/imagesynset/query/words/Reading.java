package org.imagesynset.query.words;

import java.util.List;

/**
 * What a word leads to.
 *
 * @param searched keys of concepts
 * @param offered keys of concepts that somebody may have meant
 * @param reason where nothing of the kind can be known, why; else null
 */
public record Reading(Kind kind, List<String> searched, List<String> offered, Reason reason) {

    /** How sure the step from the word to the concepts is. */
    public enum Kind {
        /** A name of the concepts. */
        KNOWN,
        /** Another word for the same. */
        SAME,
        /** No word for it, but near enough to be searched for instead. */
        NEAR,
        /** What is near is only offered. */
        OFFERED,
        /** The model's classes can't tell. */
        UNKNOWABLE,
        /** Nothing is known of the word. */
        UNKNOWN,
        /** No word but part of a file's name. */
        FILENAME
    }

    /** Why a model that knows kinds of things can't know what a word means. */
    public enum Reason {
        PEOPLE("the model knows no people"),
        FACES("the model knows no faces and no parts of a body"),
        PLACES("the model knows no places"),
        EVENTS("the model knows no events"),
        TIMES("the model knows no times and no seasons"),
        SKY("the model knows nothing of the sky and the weather"),
        COLORS("the model knows no colors"),
        WORDS("the model reads no text"),
        DOINGS("the model knows things, not what is done"),
        QUALITIES("the model knows things, not what they are like"),
        ABSTRACT("the model knows things that can be seen"),
        NOTHING_NEAR("the model knows nothing near it");

        private final String sentence;

        Reason(String sentence) {
            this.sentence = sentence;
        }

        public String sentence() {
            return sentence;
        }
    }

    /** What stands before a part of a file's name among what is searched for. */
    public static final String FILENAME_PREFIX = "filename:";

    /** A part of a file's name. */
    public static Reading filename(String part) {
        return new Reading(Kind.FILENAME, List.of(FILENAME_PREFIX + part), List.of(), null);
    }

    static Reading known(List<String> concepts) {
        return new Reading(Kind.KNOWN, concepts, List.of(), null);
    }
}
