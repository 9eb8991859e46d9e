// The gallery's own searches.

export class ApiError extends Error {}

async function post(path, body, signal) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The gallery doesn't answer. Is “image-synset gallery” still running?");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(answer?.error?.reason ?? `The gallery answered with status ${response.status}.`);
  return answer;
}

export const search = (body, signal) => post("/api/search", body, signal);
export const facets = (body, signal) => post("/api/facets", body, signal);
export const synsets = (body, signal) => post("/api/synsets", body, signal);
export const words = (beginning, signal) => post("/api/words", { beginning }, signal);
