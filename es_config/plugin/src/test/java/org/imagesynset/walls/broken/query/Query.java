package org.imagesynset.walls.broken.query;

import org.imagesynset.walls.broken.Wiring;
import org.imagesynset.walls.broken.queue.Queue;

/** A query that asks the queue, and the wiring. */
public record Query(Queue queue, Wiring wiring) {}
