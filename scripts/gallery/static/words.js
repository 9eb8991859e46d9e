// What became of the words of a search, in sentences, with what may be searched for instead to click.

import { byId, element } from "./dom.js";

/**
 * Says it above the photos.
 *
 * text: the words as they were typed; words: [{ text, offset, note, options }, …]; searchFor(text) searches for others.
 */
export function showWords(text, words, searchFor) {
  const sentences = words.filter((word) => word.note).map((word) => sentence(word, replaced));
  byId("words-read").replaceChildren(...sentences);

  function replaced(word, option) {
    return () => searchFor(text.slice(0, word.offset) + option + text.slice(word.offset + word.text.length));
  }
}

/** Words of which nothing is left, from the text of an error: `[kitchen] (near: stove, microwave), [paris] (the model …)`. */
export function lostWords(reason, text) {
  return [...reason.matchAll(/\[([^[\]]+)\] \((near: )?([^()]*)\)/g)].map(([, word, near, rest]) => ({
    text: word,
    offset: Math.max(0, text.indexOf(word)),
    note: near ? `“${word}” is not known; try` : `“${word}”: ${rest}.`,
    options: near ? rest.split(", ") : [],
  }));
}

function sentence(word, replaced) {
  // what the buttons offer needs not be said twice
  const note = word.options.length ? word.note.replace(/; try [^.]*\.$/, "; try") : word.note;
  const options = word.options.map((option) =>
    element("button", { type: "button", onclick: replaced(word, option) }, option),
  );
  return element("p", {}, note, ...options.flatMap((button) => [" ", button]));
}
