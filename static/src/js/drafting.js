// Keeps what is written in a composer as it is typed: nothing is lost with the page, the session or the network.
// Markup: a form with data-draft (the address) and a line with data-draft-state.

const AFTER = 1_500; // milliseconds without a key
const AGAIN = 10_000;

export function startDrafting() {
  for (const form of document.querySelectorAll("form[data-draft]")) keepWords(form);
}

function keepWords(form) {
  const words = form.elements.text;
  const line = form.querySelector("[data-draft-state]");
  if (!words) return;
  let kept = words.value;
  let waiting;
  const body = () => {
    const data = new FormData();
    data.set("text", words.value);
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    return data;
  };
  const say = (said) => {
    if (line && line.textContent !== said) line.textContent = said;
  };
  const save = async () => {
    const now = words.value;
    if (now === kept) return;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: body() });
      const { said } = await answer.json();
      if (answer.ok) kept = now;
      say(said);
    } catch {
      // No line, or the session has ended: the words are still in the form, and their turn comes again.
      say(line?.dataset.failed ?? "");
      waiting = setTimeout(save, AGAIN);
    }
  };
  words.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, AFTER);
  });
  // The last words before the page goes, unless it goes because they are sent.
  let sending = false;
  form.addEventListener("submit", () => {
    sending = true;
    clearTimeout(waiting);
  });
  addEventListener("pagehide", () => {
    if (!sending && words.value !== kept) navigator.sendBeacon(form.dataset.draft, body());
  });
}
