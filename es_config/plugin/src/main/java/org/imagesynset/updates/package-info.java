/** What becomes of updates in a bulk, which ingest pipelines don't see as whole documents. */
package org.imagesynset.updates;
