/** What is asked about an image, and what comes of it. */
package org.imagesynset.analysis;
