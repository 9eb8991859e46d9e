/** Where images wait until a request to a sidecar is free. */
package org.imagesynset.queue;
