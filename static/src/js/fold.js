// <details data-fold open>: closed at the start on a narrow screen, where it would push the work out of sight.
export function startFolding() {
  if (!matchMedia("(max-width: 63.99em)").matches) return;
  for (const box of document.querySelectorAll("details[data-fold]")) box.open = false;
}
