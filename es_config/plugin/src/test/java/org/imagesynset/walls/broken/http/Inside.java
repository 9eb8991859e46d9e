package org.imagesynset.walls.broken.http;

/** What nobody outside of this package may see. */
public final class Inside {}
