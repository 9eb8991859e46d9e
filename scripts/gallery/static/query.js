// The photo that is searched by, and its synsets: to weigh, to avoid, to leave out.

import { byId, element, readable, redraw, rounded } from "./dom.js";

// of the largest weight: what has less hardly changes a score
const WEAK = 0.05;
// the least weight by which a synset is avoided
const AVOIDED = 0.5;

const RANKS = [
  ["kinds", "same kind first"],
  ["inner_product", "most confident first"],
  ["cosine", "most similar overall first"],
];

/**
 * Draws the panel.
 *
 * title: such as "Photos like cat.jpg"; picture: a URL, or null; synsets: [[name, weight], …], or null while they are
 * not known; change(synsets), rank(similarity) and close() are called when the user changed something.
 */
export function showQuery({ title, picture, synsets, similarity, change, rank, close }) {
  const panel = byId("query");
  panel.hidden = false;
  redraw(
    panel,
    picture ? element("img", { className: "asked", src: picture, alt: "The photo searched by" }) : "",
    element(
      "div",
      { className: "asked-for" },
      element("div", { className: "asked-title" }, element("h2", { id: "query-title", tabIndex: -1, "data-key": "title" }, title), ranking(similarity, rank), closing(close)),
      synsets ? weights(synsets, change) : element("p", { className: "soft" }, "Looking at it …"),
    ),
  );
}

export function hideQuery() {
  byId("query").hidden = true;
}

function closing(close) {
  return element("button", { type: "button", className: "close", title: "Search without the photo", "aria-label": "Search without the photo", onclick: close }, "×");
}

function ranking(similarity, rank) {
  const options = RANKS.map(([value, text]) => element("option", { value, selected: value === similarity }, text));
  const select = element("select", { "data-key": "rank", onchange: () => rank(select.value) }, ...options);
  return element("label", { className: "ranking" }, "Order ", select);
}

function weights(synsets, change) {
  const row = ([name, weight]) => synsetRow(name, weight, synsets, change);
  const limit = WEAK * Math.max(...synsets.map(([, weight]) => Math.abs(weight)));
  const strong = synsets.filter(([, weight]) => Math.abs(weight) >= limit);
  const weak = synsets.filter(([, weight]) => Math.abs(weight) < limit);
  return element(
    "div",
    {},
    element("ul", { className: "synsets", "aria-label": "What is searched for" }, ...strong.map(row)),
    weak.length > 0 &&
      element(
        "details",
        { "data-key": "weak" },
        element("summary", {}, `${weak.length} with little weight`),
        element("ul", { className: "synsets" }, ...weak.map(row)),
      ),
  );
}

function synsetRow(name, weight, synsets, change) {
  const label = readable(name);
  const replaced = (value) => synsets.map(([other, old]) => [other, other === name ? value : old]);
  const avoided = weight < 0;
  const sign = avoided ? -1 : 1;
  const output = element("output", {}, rounded(weight));
  const slider = element("input", {
    type: "range",
    min: "0",
    max: "1",
    step: "0.01",
    value: String(Math.abs(weight)),
    "data-key": `weigh ${name}`,
    "aria-label": `Weight of ${label}`,
    oninput: () => (output.textContent = rounded(sign * Number(slider.value))),
    onchange: () => change(replaced(sign * Number(slider.value))),
  });
  const opposite = avoided ? -weight : -Math.max(weight, AVOIDED);
  return element(
    "li",
    { className: avoided ? "synset avoided" : "synset" },
    element("span", { className: "synset-name", title: name }, label),
    output,
    slider,
    element(
      "button",
      {
        type: "button",
        className: "avoid",
        "data-key": `avoid ${name}`,
        "aria-pressed": String(avoided),
        "aria-label": `Avoid ${label}`,
        title: "Photos that show this come later",
        onclick: () => change(replaced(opposite)),
      },
      "avoid",
    ),
    element(
      "button",
      {
        type: "button",
        className: "remove",
        "aria-label": `Leave out ${label}`,
        title: "Leave it out",
        onclick: () => change(synsets.filter(([other]) => other !== name)),
      },
      "×",
    ),
  );
}
