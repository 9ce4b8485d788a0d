// Pages that show how things are: their parts are fetched anew every so many seconds (data-renew) while the page is
// looked at, or once when something is known to have happened (data-again-in). A part in which somebody stands or
// chooses is left alone, so the focus never jumps.
import { refreshParts } from "./parts.js";

export function startRenewing() {
  const page = document.querySelector("[data-renew]");
  if (page) setInterval(() => document.hidden || refreshParts(), Number(page.dataset.renew) * 1000);
  for (const one of document.querySelectorAll("[data-again-in]")) {
    setTimeout(refreshParts, Number(one.dataset.againIn) * 1000);
  }
}
