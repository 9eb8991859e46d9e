package org.imagesynset.walls.broken;

/** What puts everything together, and is used by nobody. */
public final class Wiring {}
