/** The fields of a document: the image, what an analysis writes, and what is already there. */
package org.imagesynset.document;
