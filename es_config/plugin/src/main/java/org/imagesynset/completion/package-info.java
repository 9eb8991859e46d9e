/** Completes words while they are typed, with how many photos show them. */
package org.imagesynset.completion;
