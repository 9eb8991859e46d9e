// Elements without HTML text: what a document says stays text, whatever it holds.

/**
 * An element with properties (or, with a hyphen or "role", attributes), event listeners (onclick …) and children.
 * A child that is null or false is left out.
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.startsWith("--")) made.style.setProperty(name, value);
    else if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Replaces a container's content; what had the focus, or was open, has it and is open again (known by its data-key). */
export function redraw(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const open = [...container.querySelectorAll("details[open]")].map((one) => one.dataset.key);
  container.replaceChildren(...children);
  for (const one of container.querySelectorAll("[data-key]")) {
    if (one.tagName === "DETAILS") one.open = open.includes(one.dataset.key);
    else if (one.dataset.key === focused) one.focus({ preventScroll: true });
  }
}

const MEANING = /_n\d{8}$/;

/** A synset's or concept's key as people write it: without underscores, and without the id that distinguishes namesakes. */
export const readable = (key) => key.replace(MEANING, "").replaceAll("_", " ");

/** A score or weight in few digits. */
export function rounded(number) {
  if (number === 0) return "0";
  const size = Math.abs(number);
  return (number < 0 ? "−" : "") + (size < 0.005 ? "<0.01" : size.toFixed(2));
}
