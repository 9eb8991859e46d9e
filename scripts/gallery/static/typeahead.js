// Completes the word that is being typed to one that photos show.

import { words } from "./api.js";
import { byId, element } from "./dom.js";

const WAIT_MS = 120; // between two keys of somebody who types
// what stands before the last word, and that word, which may begin with an operator
const LAST_WORD = /^(.*[\s"+!-]|)([^\s"+!-]+)$/s;

export function watchForWords(input) {
  let waiting;
  let running = new AbortController();
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    running.abort();
    running = new AbortController();
    const { signal } = running;
    waiting = setTimeout(() => complete(input.value, signal), WAIT_MS);
  });
}

async function complete(text, signal) {
  const [, before, beginning] = text.match(LAST_WORD) ?? [];
  let found = [];
  if (beginning && beginning.length <= 100) {
    // a list that does not come is not a fault of the search
    found = await words(beginning, signal).then((answer) => answer.words, () => []);
  }
  if (signal.aborted) return;
  const option = ({ text: word, photos }) =>
    element("option", { value: before + word }, `${photos.toLocaleString("en")} ${photos === 1 ? "photo" : "photos"}`);
  byId("completions").replaceChildren(...found.map(option));
}
