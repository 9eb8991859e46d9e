package org.imagesynset.walls.broken.ingest;

import java.net.http.HttpClient;
import org.imagesynset.walls.broken.http.Inside;

/** A processor that speaks HTTP itself. */
public record Processor(HttpClient client, Inside inside) {}
