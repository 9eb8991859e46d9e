/** What is done with a bulk before its documents pass their ingest pipelines. */
package org.imagesynset.bulk;
