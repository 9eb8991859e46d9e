package org.imagesynset.walls.broken.queue;

import org.imagesynset.walls.broken.query.Query;

/** A queue that asks a query, which asks the queue: a circle. */
public record Queue(Query query) {}
