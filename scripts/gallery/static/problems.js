// What went wrong, in plain words; the technical text is behind "Details".

import { byId, element } from "./dom.js";

// what the technical text holds, and what that means: the first that fits
const KINDS = [
  [
    /expected \[words\] for things/,
    () => "None of these words can be searched for. Those that can are under “All words you can search for”.",
  ],
  [/\[not_an_image\]/, () => "This file is not an image that can be read here."],
  [
    /\[(sidecar_unavailable|sidecar_timeout|breaker_open|stalled|queue_full)\]/,
    () =>
      "The sidecar is unavailable or busy: start it (image-synset up) and try again; " +
      "searching by words and by photos that are indexed works meanwhile.",
  ],
  [/expected \[document\] to exist|Expected a document with the id/, () => "That photo is not in the index any more."],
  [
    /no such index \[([^\]]*)\]/,
    (_text, index) => `There is no index ${index} yet: image-synset index FOLDER makes it, or name another one with --index.`,
  ],
];

/** Shows it until `clearProblem`. */
export function showProblem({ message }) {
  byId("problem").replaceChildren(...explained(message));
}

export const clearProblem = () => byId("problem").replaceChildren();

function explained(text) {
  for (const [pattern, sentence] of KINDS) {
    const found = text.match(pattern);
    if (!found) continue;
    const details = element("details", {}, element("summary", {}, "Details"), element("p", {}, text));
    return [element("p", {}, sentence(text, found[1])), details];
  }
  return [text];
}
