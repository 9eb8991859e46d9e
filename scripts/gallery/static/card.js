// One photo found: its picture, its score, and why it was found.

import { element, readable, rounded } from "./dom.js";

const REASONS = 3;
const WAITING = "Not analyzed yet: the sidecar was unavailable. image-synset backfill analyzes it.";

/** `best` is the score that fills a bar; `moreLike(hit)` is called when the user wants more like this one. */
export function card(hit, best, moreLike) {
  const name = hit.filename ?? hit.id;
  return element(
    "li",
    { className: "card" },
    hit.status === "ok" || hit.top_synset ? picture(hit, name, moreLike) : unanalyzed(hit),
    element(
      "p",
      { className: "caption" },
      element("span", { className: "name", title: name }, name),
      hit.same_image && element("span", { className: "score", title: "The photo searched by, byte for byte" }, "same photo"),
      hit.score !== null && element("span", { className: "score", title: "Score" }, rounded(hit.score)),
    ),
    reasons(hit, best),
  );
}

function picture(hit, name, moreLike) {
  const image = hit.thumbnail
    ? element("img", { loading: "lazy", decoding: "async", alt: "", src: `data:image/jpeg;base64,${hit.thumbnail}` })
    : element("span", { className: "no-thumbnail" }, "no thumbnail");
  return element(
    "button",
    { type: "button", className: "picture", "aria-label": `More like ${name}`, onclick: () => moreLike(hit) },
    image,
    element("span", { className: "hint", "aria-hidden": "true" }, "More like this"),
  );
}

/** Failed and pending documents have no synsets to look for others by. */
function unanalyzed(hit) {
  const reason = hit.error ?? "";
  return element(
    "div",
    { className: "picture unanalyzed", title: reason },
    element("strong", {}, hit.status ?? "not analyzed"),
    element("span", { className: "reason" }, hit.status === "pending" ? WAITING : reason),
  );
}

function reasons(hit, best) {
  const distinct = hit.why.filter(isFirstOfItsNumbers);
  const shared = distinct.slice(0, REASONS);
  if (shared.length) {
    const more = distinct.length - shared.length;
    return element(
      "ul",
      { className: "why", "aria-label": "Why it was found" },
      ...shared.map((one) => bar(one.synset, one.product, one.product / best, product(one))),
      more > 0 && element("li", { className: "rest", title: distinct.slice(REASONS).map(product).join("\n") }, `and ${more} more`),
    );
  }
  if (!hit.top_synset) return null;
  return element(
    "ul",
    { className: "why", "aria-label": "What it shows" },
    bar(hit.top_synset, hit.top_score, hit.top_score, `${hit.top_synset}: ${hit.top_score}`),
  );
}

/** Kinds that have the same classes under them share the same numbers: the first stands for all. */
const isFirstOfItsNumbers = (one, place, all) =>
  all.findIndex((other) => other.query === one.query && other.document === one.document) === place;

const product = (one) => `${one.synset}: ${one.query.toPrecision(3)} in the query × ${one.document.toPrecision(3)} in the photo`;

/** `share` is the bar's length, -1 to 1. */
function bar(synset, value, share, title) {
  return element(
    "li",
    { className: share < 0 ? "bar against" : "bar", title, "--share": Math.min(Math.abs(share), 1) },
    element("span", {}, readable(synset)),
    element("span", {}, rounded(value)),
  );
}
