// A photo to search by: dropped, pasted or chosen.

import { byId } from "./dom.js";

/** Calls `found(file)` for each photo that the user gives, or `refuse(reason)`. */
export function watchForPhotos(found, refuse) {
  const limit = Number(document.body.dataset.maxImageBytes);
  const take = (file) => {
    if (!file) refuse("Expected a photo, found none. Save the picture as a file first, then drop that.");
    else if (file.size === 0) refuse(`Expected a photo, but ${file.name} is empty.`);
    else if (file.size > limit) refuse(tooLarge(file, limit));
    else found(file);
  };
  chosen(take);
  pasted(take);
  dropped(take);
}

/** The file as a data URL. */
export function dataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error(`${file.name} can't be read.`));
    reader.readAsDataURL(file);
  });
}

function tooLarge(file, limit) {
  const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(0);
  return `Expected a photo of at most ${megabytes(limit)} MB, but ${file.name} has ${megabytes(file.size)} MB. Make it smaller and try again.`;
}

function chosen(take) {
  const input = byId("file");
  byId("choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files.length) take(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  });
}

function pasted(take) {
  document.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
    if (!file) return; // text, for the input
    event.preventDefault();
    take(file);
  });
}

function dropped(take) {
  const carriesSomething = (event) => event.dataTransfer && event.dataTransfer.types.length > 0;
  const cover = (shown) => document.body.classList.toggle("dropping", shown);
  addEventListener("dragover", (event) => {
    if (!carriesSomething(event)) return;
    event.preventDefault();
    cover(true);
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) cover(false); // left the window, not just an element
  });
  addEventListener("drop", (event) => {
    if (!carriesSomething(event)) return;
    event.preventDefault();
    cover(false);
    take(event.dataTransfer.files[0]);
  });
}
