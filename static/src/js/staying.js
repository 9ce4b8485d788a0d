// Signing in ends after a while. This page says so two minutes before, keeps somebody who is typing signed in, and
// after the end leaves every word where it is: once the person has signed in again in another tab, the forms here
// get a fresh token and can be sent. Markup: templates/parts/sign_in_ends.html.

const WARN_BEFORE = 120;
const TYPING_COUNTS_EVERY = 5 * 60_000;

export function startStaying() {
  const dialog = document.getElementById("sign-in-ends");
  if (dialog) new Staying(dialog).look();
}

class Staying {
  constructor(dialog) {
    this.dialog = dialog;
    this.words = dialog.querySelector("p");
    this.told = Date.now();
    this.over = false;
    dialog.querySelector("[data-stay]").addEventListener("click", () => this.stay());
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    document.addEventListener("input", () => this.typed());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.look();
    });
  }

  /** Ask the server how long is left: another tab may have been used meanwhile. */
  async look() {
    clearTimeout(this.next);
    try {
      this.heard(await this.ask("GET", { "X-Requested-With": "fetch" }));
    } catch {
      this.next = setTimeout(() => this.look(), 30_000); // offline, or a restart
    }
  }

  async ask(method, headers) {
    const url = this.dialog.dataset.stateUrl;
    const answer = await fetch(url, { method, headers, credentials: "same-origin", cache: "no-store" });
    if (answer.status === 401) return { left: 0 };
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  heard({ left, longest, token }) {
    clearTimeout(this.next);
    if (token) this.renew(token);
    if (left <= 0) return this.ended();
    if (this.over || (this.dialog.open && left > WARN_BEFORE)) this.dialog.close();
    this.over = false;
    if (left <= WARN_BEFORE) this.warn(left, longest);
    const wait = left > WARN_BEFORE ? left - WARN_BEFORE : Math.min(left, 30);
    this.next = setTimeout(() => this.look(), (wait + 1) * 1000);
  }

  /** Signing in changes the token that every form must carry. */
  renew(token) {
    this.token = token;
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
  }

  warn(left, longest) {
    const last = longest <= left;
    const { soon, longest: atMost, headingSoon } = this.dialog.dataset;
    this.say(headingSoon, last ? atMost : soon, { stay: !last, signIn: false });
  }

  ended() {
    if (this.over) return;
    this.over = true;
    this.say(this.dialog.dataset.headingOver, this.dialog.dataset.over, { stay: false, signIn: true });
  }

  say(heading, words, { stay, signIn }) {
    this.dialog.querySelector("h2").textContent = heading;
    this.words.textContent = words;
    this.dialog.querySelector("[data-stay]").hidden = !stay;
    this.dialog.querySelector("[data-sign-in]").hidden = !signIn;
    if (!this.dialog.open) this.dialog.showModal();
  }

  async stay() {
    try {
      this.heard(await this.ask("POST", { "X-CSRFToken": this.token }));
      this.told = Date.now();
    } catch {
      this.look();
    }
  }

  /** Somebody who writes is there, though the server hears nothing of it. */
  typed() {
    if (this.over || Date.now() - this.told < TYPING_COUNTS_EVERY) return;
    this.told = Date.now();
    this.stay();
  }
}
