// The case page: says that the case has changed, and shows the parts in which nobody is typing anew.
// Markup: templates/parts/changed_strip.html.
import { refreshParts, somethingTyped } from "./parts.js";

export function startChanged() {
  const strip = document.querySelector("[data-live-changed]");
  if (!strip) return null;
  let seen = Number(strip.dataset.last) || 0;
  strip.querySelector("button").addEventListener("click", async () => {
    // A reload would lose what is typed, so then only the parts are shown anew.
    if (!somethingTyped()) location.reload();
    else await refreshParts();
    strip.hidden = true;
  });
  return ({ seq }) => {
    if (!(seq > seen)) return;
    seen = seq;
    strip.hidden = false;
    refreshParts();
  };
}
