// Filters: what the photos found are, and how many of each.

import { byId, element, readable, redraw } from "./dom.js";
import { FACETS } from "./state.js";

const TITLES = { things: "Kind of thing", top_synset: "Most likely", status: "Analysis status" };

const shownValue = (facet, value) => (facet === "status" ? value : readable(value));

/** Draws the facets of an answer; `toggle(facet, value)` is called for one chosen or given up. */
export function showFacets(answer, chosen, toggle) {
  const groups = FACETS.filter((facet) => offered(answer, chosen, facet).length > 0).map((facet) => group(facet));
  redraw(byId("facets"), ...groups);

  function group(facet) {
    const values = offered(answer, chosen, facet);
    const most = Math.max(...values.map(([, count]) => count));
    const id = `facet-${facet}`;
    return element(
      "section",
      { className: "facet" },
      element("h2", { id }, TITLES[facet]),
      element("ul", { "aria-labelledby": id }, ...values.map(([value, count]) => element("li", {}, button(facet, value, count, most)))),
    );
  }

  function button(facet, value, count, most) {
    return element(
      "button",
      {
        type: "button",
        title: value,
        "data-key": `${facet} ${value}`,
        "aria-pressed": String(chosen[facet].includes(value)),
        "--share": count / most,
        onclick: () => toggle(facet, value),
      },
      element("span", {}, shownValue(facet, value)),
      element("span", { className: "count" }, String(count)),
    );
  }
}

/** The filters in use, each to be given up with a click. */
export function showChosen(chosen, toggle) {
  const chips = FACETS.flatMap((facet) =>
    chosen[facet].map((value) =>
      element(
        "li",
        {},
        element(
          "button",
          { type: "button", "aria-label": `Remove the filter ${shownValue(facet, value)}`, onclick: () => toggle(facet, value) },
          `${shownValue(facet, value)} ×`,
        ),
      ),
    ),
  );
  byId("chosen").replaceChildren(...chips);
}

/** Where all photos are analyzed, that is not a choice; where none is, it says why there are no other facets. */
function offered(answer, chosen, facet) {
  const values = answer.facets[facet];
  const allOk = facet === "status" && values.every(([status]) => status === "ok");
  return allOk && chosen.status.length === 0 ? [] : values;
}
