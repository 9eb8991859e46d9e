package org.imagesynset.walls.broken.compat;

import org.imagesynset.walls.broken.http.Inside;

/** A face of Elasticsearch's that knows the plugin. */
public record Face(Inside inside) {}
