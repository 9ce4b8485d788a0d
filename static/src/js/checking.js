// What the virus scanner says of a document, without a reload. While a document is being looked at its words carry
// data-checking; the server says over the socket that one is done, and a page without a socket, or one whose word was
// lost, asks by itself: soon at first, later seldom, since a scanner may be away for hours.
// Markup: templates/parts/file_line.html, case_file.html and scan_state.html.
import { load } from "./parts.js";

const ASK_AFTER = [3_000, 5_000, 10_000, 20_000, 30_000];

/** Show anew the documents that were being checked, and say what was found where a screen reader hears it. */
export async function refreshFiles() {
  const waiting = [...document.querySelectorAll("[data-file]:has([data-checking])")];
  if (!waiting.length) return;
  const page = await load(location.href.split("#")[0]);
  const said = new Set();
  for (const file of waiting) {
    const newer = page?.querySelector(`[data-file="${file.dataset.file}"]`);
    if (!newer || newer.querySelector("[data-checking]")) continue;
    file.replaceChildren(...newer.cloneNode(true).childNodes);
    said.add(file.textContent.replace(/\s+/g, " ").trim());
  }
  const status = document.getElementById("live");
  if (said.size && status) status.textContent = [...said].join(". ");
}

export function startChecking() {
  // Where the socket tells, asking is only for a word that was lost; and what is checked may still arrive there.
  const live = document.querySelector("[data-live]");
  let asked = live ? ASK_AFTER.length : 0;
  const later = () => {
    if (!live && !document.querySelector("[data-checking]")) return;
    const wait = ASK_AFTER[Math.min(asked, ASK_AFTER.length - 1)];
    asked += 1;
    setTimeout(async () => {
      if (!document.hidden) await refreshFiles();
      later();
    }, wait);
  };
  later();
}
