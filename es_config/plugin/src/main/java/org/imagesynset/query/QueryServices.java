package org.imagesynset.query;

import org.imagesynset.query.words.Vocabularies;

/** What queries ask of their node: to analyze images, and which vocabularies there are. */
public record QueryServices(ImageAnalyzer analyzer, Vocabularies vocabularies) {}
