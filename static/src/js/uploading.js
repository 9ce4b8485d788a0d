// Adding a document without leaving the page: how far it is as text, and sent again when the connection drops. The
// server knows a file by its bytes, so one that arrives twice is one file. Without this the form is simply posted.

const AGAIN_AFTER = [1000, 3000, 9000];
/** A phone may hold a dead connection open for minutes; nothing moving for this long counts as dropped. */
const SILENT = 60000;

export function startUploading() {
  const place = document.querySelector("[data-upload]");
  const form = place?.closest("form");
  if (!form || !window.FormData) return;
  const words = place.dataset;
  const chosen = document.getElementById(words.upload);
  const said = place.querySelector("[role=status]");
  const button = place.querySelector("button");
  let busy = false;

  function say(text, bad = false) {
    said.textContent = text;
    said.classList.toggle("govuk-error-message", bad);
  }

  function done(text) {
    busy = false;
    button.disabled = chosen.disabled = false;
    if (text) say(text, true);
  }

  function send(file, tries) {
    const request = new XMLHttpRequest();
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "draft_version"]) body.append(name, form.elements[name].value);
    body.append("_add", "1");
    if (tries) body.append("_again", "1");
    body.append("files", file, file.name);
    request.open("POST", location.href);
    request.setRequestHeader("Accept", "application/json");
    let silent = setTimeout(() => request.abort(), SILENT);
    request.upload.onprogress = (event) => {
      clearTimeout(silent);
      silent = setTimeout(() => request.abort(), SILENT);
      const percent = Math.floor((100 * event.loaded) / Math.max(event.total, 1));
      say(percent < 100 ? `${words.sending} ${percent}%` : words.reading);
    };
    request.onloadend = () => {
      clearTimeout(silent);
      if (request.status === 200) return location.replace(location.href.split("#")[0]);
      if (request.status === 422) {
        try {
          return done(JSON.parse(request.responseText).refused.join(" "));
        } catch {
          return done(words.failed);
        }
      }
      // 0: the connection dropped; 5xx: somebody is starting again. Anything else will not change by itself.
      if ((request.status === 0 || request.status >= 500) && tries < AGAIN_AFTER.length) {
        say(words.waiting);
        return setTimeout(() => send(file, tries + 1), AGAIN_AFTER[tries]);
      }
      done(words.failed);
    };
    request.send(body);
  }

  form.addEventListener("submit", (event) => {
    if (busy) return event.preventDefault();
    const file = chosen.files[0];
    // With no file the server says what is missing, as it does without this script.
    if (event.submitter !== button || !file) return;
    event.preventDefault();
    if (file.size > Number(words.limit)) return say(words.large, true);
    busy = button.disabled = chosen.disabled = true;
    say(`${words.sending} 0%`);
    send(file, 0);
  });
}
