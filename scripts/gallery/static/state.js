// What is searched for, as the page's address has it: shareable, and the back button works.

export const FACETS = ["things", "top_synset", "status"];
const DIGITS = 6;

/** Everything, by nothing. */
export const emptyState = () => ({
  words: null,
  like: null,
  synsets: null, // [[name, weight], …] in the order in which they are shown
  photo: null, // SHA-256 of the photo that the synsets are of
  similarity: "kinds",
  weak: false, // whether photos that hardly match are shown too
  filters: Object.fromEntries(FACETS.map((facet) => [facet, []])),
});

export function fromAddress(address) {
  const parameters = new URL(address).searchParams;
  const state = emptyState();
  state.words = parameters.get("words");
  state.like = parameters.get("like");
  const synsets = parameters.getAll("synset").map(parseSynset).filter(Boolean);
  if (synsets.length) state.synsets = synsets;
  if (["inner_product", "cosine"].includes(parameters.get("rank"))) state.similarity = parameters.get("rank");
  if (/^[0-9a-f]{64}$/.test(parameters.get("photo") ?? "")) state.photo = parameters.get("photo");
  state.weak = parameters.get("weak") === "yes";
  for (const facet of FACETS) state.filters[facet] = parameters.getAll(facet);
  return state;
}

export function toAddress(state) {
  const parameters = new URLSearchParams();
  if (state.words) parameters.set("words", state.words);
  if (state.like) parameters.set("like", state.like);
  for (const [name, weight] of state.synsets ?? []) parameters.append("synset", `${name}:${Number(weight.toPrecision(DIGITS))}`);
  if (state.photo) parameters.set("photo", state.photo);
  if (state.similarity !== "kinds") parameters.set("rank", state.similarity);
  if (state.weak) parameters.set("weak", "yes");
  for (const facet of FACETS) for (const value of state.filters[facet]) parameters.append(facet, value);
  const text = parameters.toString();
  return text ? `/?${text}` : "/";
}

/** The state as the API's `query` and `filters`. */
export function toRequest(state) {
  const query = {};
  if (state.synsets) query.synsets = Object.fromEntries(state.synsets);
  else if (state.like) query.like = state.like;
  if (state.words) query.words = state.words;
  if (state.synsets || state.like) query.similarity = state.similarity;
  if (state.synsets && state.photo) query.photo = state.photo;
  if (state.weak) query.weak_matches = true;
  return { query, filters: state.filters };
}

function parseSynset(text) {
  const colon = text.lastIndexOf(":");
  const weight = Number(text.slice(colon + 1));
  return colon > 0 && Number.isFinite(weight) ? [text.slice(0, colon), weight] : null;
}
