/** Which sidecar gets a batch of images, and what follows when a request fails. */
package org.imagesynset.sidecar;
