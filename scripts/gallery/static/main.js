// What happens when: the address is the state, and every change of it is a search.

import { facets, synsets } from "./api.js";
import { byId } from "./dom.js";
import { showChosen, showFacets } from "./facets.js";
import { dataUrl, watchForPhotos } from "./photo.js";
import { clearProblem, showProblem } from "./problems.js";
import { hideQuery, showQuery } from "./query.js";
import { Results } from "./results.js";
import { emptyState, fromAddress, toAddress, toRequest } from "./state.js";
import { watchForWords } from "./typeahead.js";
import { lostWords, showWords } from "./words.js";

const results = new Results(moreLike, showProblem);
let state = emptyState();
// what the address can't say of the photo searched by: { name, picture, synsets }
let asked = {};
let running = new AbortController();

/** Makes `next` the state, in the address too, and shows what it finds. */
function go(next, nextAsked = asked) {
  history.pushState(nextAsked, "", toAddress(next));
  return show(next, nextAsked);
}

async function show(next, nextAsked) {
  [state, asked] = [next, nextAsked ?? {}];
  const signal = begin();
  byId("words").value = state.words ?? "";
  drawQuery();
  const request = toRequest(state);
  await reporting(signal, async () => {
    const details = completeQuery(signal);
    const counts = facets(request, signal);
    for (const later of [details, counts]) later.catch(() => {}); // awaited below; the search reports its own failure first
    const shown = await results.show(request, signal);
    showWords(state.words ?? "", results.words, searchFor);
    showCounts(await counts, shown);
    await details;
  });
}

/** A search by a photo itself: once its synsets are known, they are the state. One that is refused changes nothing. */
async function byPhoto(file) {
  const picture = URL.createObjectURL(file);
  state = { ...emptyState(), similarity: state.similarity };
  asked = { name: file.name, picture };
  const signal = begin();
  byId("words").value = "";
  drawQuery();
  await reporting(signal, async () => {
    const image = await dataUrl(file);
    // hits first: Elasticsearch analyzes the photo of a search before those that wait to be indexed
    const shown = await results.show({ query: { image, similarity: state.similarity } }, signal);
    const found = await synsets({ image }, signal);
    // the small one outlives a reload
    asked = { name: file.name, picture: thumbnailUrl(found.thumbnail) };
    URL.revokeObjectURL(picture);
    state.synsets = found.synsets;
    state.photo = found.photo;
    history.pushState(asked, "", toAddress(state));
    const request = toRequest(state);
    results.goOnWith(request);
    drawQuery();
    showCounts(await facets(request, signal), shown);
  }, stay);
}

/** What the address says once more, and why nothing else came of it. */
async function stay(error) {
  const here = fromAddress(location.href);
  await show(here, history.state);
  if (state === here) showProblem(error);
}

function moreLike(hit) {
  scrollTo({ top: 0 });
  const next = { ...emptyState(), like: hit.id, similarity: state.similarity };
  go(next, { name: hit.filename ?? hit.id, picture: thumbnailUrl(hit.thumbnail) });
  byId("query-title").focus({ preventScroll: true }); // the card that had it goes
}

/** The synsets of the document that is searched by, for the panel. */
async function completeQuery(signal) {
  if (!state.like || state.synsets || asked.synsets) return;
  const found = await synsets({ like: state.like }, signal);
  asked = { name: found.filename ?? state.like, picture: thumbnailUrl(found.thumbnail), synsets: found.synsets };
  drawQuery();
}

function drawQuery() {
  if (!state.synsets && !state.like && !asked.picture) return hideQuery();
  showQuery({
    title: asked.name ? `Photos like ${asked.name}` : state.like ? "Photos like this" : "Photos that show these things",
    picture: asked.picture,
    synsets: state.synsets ?? asked.synsets ?? null,
    similarity: state.similarity,
    change: (changed) => (changed.length ? go({ ...state, like: null, photo: null, synsets: changed }) : go(emptyState(), {})),
    rank: (similarity) => go({ ...state, similarity }),
    close: () => go({ ...emptyState(), words: state.words }, {}),
  });
}

function showCounts(answer, shown) {
  const total = answer.total.toLocaleString("en");
  byId("summary").textContent = shown ? `${total} ${answer.total === 1 ? "photo" : "photos"}` : nothingFound();
  offerWeakMatches(answer.weak_matches ?? 0);
  offerEverything(!shown);
  showFacets(answer, state.filters, toggleFilter);
}

/** What hardly matches is a click away. */
function offerWeakMatches(count) {
  const button = byId("weak");
  button.hidden = !count && !state.weak;
  const matches = count === 1 ? "weak match" : "weak matches";
  button.textContent = state.weak ? "Hide weak matches" : `Show ${count.toLocaleString("en")} ${matches}`;
}

const isEverything = () => toAddress(state) === "/";

/** A way out of a search that shows no photos. */
function offerEverything(wanted) {
  byId("everything").hidden = !wanted || isEverything();
}

function nothingFound() {
  return isEverything() ? "No photos here yet. Add some: image-synset index ~/Pictures" : "No photos found.";
}

function toggleFilter(facet, value) {
  const chosen = state.filters[facet];
  const changed = chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value];
  return go({ ...state, filters: { ...state.filters, [facet]: changed } });
}

/** Ends what is under way, in favor of what comes. */
function begin() {
  running.abort();
  running = new AbortController();
  clearProblem();
  showWords("", []);
  offerEverything(false);
  byId("weak").hidden = true;
  showChosen(state.filters, toggleFilter);
  return running.signal;
}

async function reporting(signal, work, failed = showNothing) {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted) await failed(error);
  }
}

function showNothing(error) {
  results.clear(); // what is there was found by something else
  byId("summary").textContent = "";
  byId("facets").replaceChildren();
  offerEverything(true);
  if (!state.synsets && !asked.synsets) hideQuery();
  showWords(state.words ?? "", lostWords(error.message, state.words ?? ""), searchFor);
  showProblem(error);
}

/** Words count beside the photo that is searched by, as long as it is there. */
function searchFor(words) {
  const byPhotoToo = state.synsets || state.like;
  const before = byPhotoToo ? state : emptyState();
  go({ ...before, words: words.trim() || null }, byPhotoToo ? asked : {});
}

const thumbnailUrl = (thumbnail) => (thumbnail ? `data:image/jpeg;base64,${thumbnail}` : null);

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  searchFor(byId("words").value);
});
byId("weak").addEventListener("click", () => go({ ...state, weak: !state.weak }));
byId("filters-toggle").addEventListener("click", ({ currentTarget }) => {
  const open = currentTarget.getAttribute("aria-expanded") !== "true";
  currentTarget.setAttribute("aria-expanded", String(open));
});
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.matches("input, select")) return;
  event.preventDefault();
  byId("words").focus();
});
addEventListener("popstate", (event) => {
  const next = fromAddress(location.href);
  if (toAddress(next) !== toAddress(state)) show(next, event.state); // the skip link changes only the fragment
});
watchForWords(byId("words"));
watchForPhotos(byPhoto, (reason) => showProblem(new Error(reason)));
show(fromAddress(location.href), history.state);
