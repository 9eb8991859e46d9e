/** The sidecar's API over HTTP: requests, answers, and what can go wrong with them. */
package org.imagesynset.http;
