// The grid of photos: pages follow each other by scrolling, arrow keys move among them.

import { search } from "./api.js";
import { card } from "./card.js";
import { byId } from "./dom.js";

const PAGE = 40;
const MOST = 10_000; // Elasticsearch gives no more of one search

export class Results {
  #grid = byId("grid");
  #more = byId("more");
  #request = null;
  #shown = new Set();
  #loaded = 0;
  #best = 1;
  #signal = null;
  #loading = false;

  constructor(moreLike, failed) {
    this.moreLike = moreLike;
    this.failed = failed;
    this.#more.addEventListener("click", () => this.#next());
    // one screen ahead, so that scrolling doesn't stop
    new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.#next(), {
      rootMargin: "100% 0px",
    }).observe(this.#more);
    this.#grid.addEventListener("keydown", (event) => this.#move(event));
  }

  /** What became of the words of the search shown: [{ text, offset, note, options }, …]. */
  words = [];

  /** Shows the first page in place of what was there; returns how many photos it has. */
  async show(request, signal) {
    this.#grid.setAttribute("aria-busy", "true");
    this.#more.hidden = true;
    try {
      const found = await search({ ...request, from: 0, size: PAGE }, signal);
      this.words = found.words ?? [];
      this.#request = request;
      this.#signal = signal;
      this.#loaded = 0;
      this.#shown.clear();
      this.#best = found.hits.find((hit) => hit.score)?.score ?? 1;
      this.#grid.replaceChildren();
      this.#append(found.hits);
      return found.hits.length;
    } finally {
      if (!signal.aborted) this.#grid.setAttribute("aria-busy", "false");
    }
  }

  /** Nothing, as after an error. */
  clear() {
    this.words = [];
    this.#grid.replaceChildren();
    this.#more.hidden = true;
  }

  /** From now on pages are those of `request`, which finds the same as the one shown. */
  goOnWith(request) {
    this.#request = request;
  }

  async #next() {
    if (this.#loading || this.#more.hidden) return;
    this.#loading = true;
    const signal = this.#signal;
    try {
      const size = Math.min(PAGE, MOST - this.#loaded);
      const found = await search({ ...this.#request, from: this.#loaded, size }, signal);
      if (!signal.aborted) this.#append(found.hits);
    } catch (error) {
      if (!signal.aborted) this.failed(error);
    } finally {
      this.#loading = false;
    }
    // an observer reports changes only: still in view means that more is wanted
    if (!signal.aborted && !this.#more.hidden && this.#more.getBoundingClientRect().top < innerHeight * 2) this.#next();
  }

  #append(hits) {
    // photos indexed meanwhile may push some onto the next page once more
    const fresh = hits.filter((hit) => !this.#shown.has(hit.id));
    fresh.forEach((hit) => this.#shown.add(hit.id));
    this.#grid.append(...fresh.map((hit) => card(hit, this.#best, this.moreLike)));
    this.#loaded += hits.length;
    this.#more.hidden = hits.length < PAGE || this.#loaded >= MOST;
  }

  #move(event) {
    const pictures = [...this.#grid.querySelectorAll("button.picture")];
    const here = pictures.indexOf(document.activeElement);
    if (here < 0) return;
    const top = (picture) => picture.getBoundingClientRect().top;
    const columns = pictures.findIndex((picture) => top(picture) > top(pictures[0]) + 1);
    const row = columns < 0 ? pictures.length : columns;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row }[event.key];
    const target = step && pictures[here + step];
    if (!target) return;
    event.preventDefault();
    target.focus();
  }
}
