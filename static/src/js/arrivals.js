// The queue: new cases wait in a strip above the table until asked for, so that rows never move under the pointer.
// Markup: templates/parts/arrived_strip.html; rows of the table carry data-case.

export function startArrivals() {
  const strip = document.querySelector("[data-live-arrived]");
  if (!strip) return null;
  const words = strip.querySelector("[data-words]");
  const arrived = new Set();
  const changed = new Set();
  return ({ t, case: reference, seq }) => {
    if (t !== "changed" || !reference) return;
    if (document.querySelector(`[data-case="${CSS.escape(reference)}"]`)) changed.add(reference);
    else if (seq === 1) arrived.add(reference);
    else return;
    words.textContent = [
      sentence(arrived.size, strip.dataset.arrivedOne, strip.dataset.arrivedMany),
      sentence(changed.size, strip.dataset.changedOne, strip.dataset.changedMany),
    ].join(" ");
    strip.hidden = false;
  };
}

function sentence(n, one, many) {
  if (n === 0) return "";
  return n === 1 ? one : many.replace("{n}", n);
}
