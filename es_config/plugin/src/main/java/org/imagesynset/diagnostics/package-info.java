/** What an operator may ask of every node: its counters, and whether it reaches its sidecars. */
package org.imagesynset.diagnostics;
