// Parts of a page that may be shown anew: <section id="facts" data-live-part [data-part-url="…"]>.
// The address gives a page or fragment with an element of the same id; without one it is this page. A part in
// which somebody types, or has typed, is left alone.

import { parsed } from "./trusted.js";

export function typedIn(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.options) {
    const chosen = [...field.options].findIndex((option) => option.defaultSelected);
    return field.multiple
      ? [...field.options].some((option) => option.selected !== option.defaultSelected)
      : field.selectedIndex !== Math.max(chosen, 0);
  }
  if (field.type === "file") return field.files.length > 0;
  if (field.type === "hidden" || field.defaultValue === undefined) return false;
  return field.value !== field.defaultValue;
}

/** Whether a person has typed or chosen something inside an element that a reload would lose. */
export function somethingTyped(within = document) {
  return [...within.querySelectorAll("input, select, textarea")].some(typedIn);
}

function busy(part) {
  return part.contains(document.activeElement) || somethingTyped(part);
}

/** Fetch every part anew; resolves to whether all of them could be shown. */
export async function refreshParts() {
  const parts = [...document.querySelectorAll("[data-live-part][id]")];
  const pages = new Map();
  let all = true;
  for (const part of parts) {
    const url = new URL(part.dataset.partUrl || location.href, location.href).href;
    if (!pages.has(url)) pages.set(url, load(url));
    const page = await pages.get(url);
    const newer = page?.getElementById(part.id);
    if (newer && !busy(part)) part.replaceChildren(...newer.childNodes);
    else all = false;
  }
  return all;
}

/** A page as the server gives it now, or null. */
export async function load(url) {
  const headers = { "X-Requested-With": "fetch" }; // nobody did anything: this keeps no one signed in
  try {
    const answer = await fetch(url, { headers, credentials: "same-origin", cache: "no-store" });
    return answer.ok ? parsed(await answer.text()) : null;
  } catch {
    return null;
  }
}
