/** What large texts take of the node's heap. */
package org.imagesynset.memory;
