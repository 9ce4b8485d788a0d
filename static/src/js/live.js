// Live updates. The socket carries only "something changed, the last number is N"; what changed is fetched over
// HTTP under the same permissions as the page. Lost, doubled or reordered pokes therefore cannot lose, double or
// reorder what a person sees. Nothing here ever touches a form that somebody is filling in.
//
// Markup: templates/parts/live_strip.html, changed_strip.html, arrived_strip.html. States of the strip:
// live, retrying, polling, offline, expired (data-state, class cw-live--<state>).

import { refreshFiles } from "./checking.js";
import { clock, spoken } from "./clock.js";
import { refreshParts } from "./parts.js";
import { markTitle } from "./title.js";
import { parsed } from "./trusted.js";

const WAITS = [1, 2, 4, 8, 16, 30];
const SILENCE_IS_DEAD = 45_000;
const POLL_EVERY = 30_000;
const SAY_RETRYING_AFTER = 10_000;
const GATHER = 2_000;
const EXPIRED = [4401, 4404];
const SLOW_DOWN = [4400, 4429];
const ASK_AGAIN_AFTER = [1_000, 3_000];

export class Live {
  constructor(strip, { onPoke = () => {} } = {}) {
    this.strip = strip;
    this.words = strip.querySelector("[data-live-words]");
    this.status = document.getElementById("live");
    this.list = strip.dataset.list ? document.getElementById(strip.dataset.list) : null;
    this.last = Number(strip.dataset.last) || 0;
    this.onPoke = onPoke;
    this.failures = 0;
    this.pollFailures = 0;
    this.askAgainAfter = [];
    this.updated = new Date();
    this.fresh = [];
    this.fetching = null;
    this.again = false;
    this.stopped = false;
  }

  start() {
    if (!navigator.onLine) this.show("offline");
    this.connect();
    window.addEventListener("online", () => this.wake());
    window.addEventListener("offline", () => this.show("offline"));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.state !== "live") this.wake();
    });
  }

  // --- the socket ---------------------------------------------------------------------------------------

  connect() {
    if (this.stopped) return;
    clearTimeout(this.retry);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    let socket;
    try {
      socket = new WebSocket(`${scheme}//${location.host}${this.strip.dataset.socket}`);
    } catch {
      this.lost();
      return;
    }
    this.socket = socket;
    socket.addEventListener("open", () => {
      socket.send(JSON.stringify({ t: "hello", after: this.last }));
      this.heard();
    });
    socket.addEventListener("message", (event) => this.receive(event.data));
    socket.addEventListener("close", (event) => {
      if (socket === this.socket) this.lost(event.code);
    });
  }

  receive(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    this.heard();
    if (message.t === "welcome") {
      this.askAgainAfter = [...ASK_AGAIN_AFTER];
      this.failures = 0;
      this.pollFailures = 0;
      clearTimeout(this.poll);
      this.show("live");
    }
    if (["welcome", "changed", "beat"].includes(message.t)) this.poke(message);
    if (message.t === "presence") this.onPoke(message);
    if (message.t === "files") refreshFiles();
  }

  poke(message) {
    this.onPoke(message);
    if (this.strip.dataset.eventsUrl && message.seq > this.last) this.catchUp();
  }

  heard() {
    this.updated = new Date();
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      const socket = this.socket;
      this.socket = null;
      socket?.close();
      this.lost();
    }, SILENCE_IS_DEAD);
  }

  lost(code) {
    clearTimeout(this.silence);
    if (this.stopped) return;
    if (code === 4401 && this.askAgainAfter.length) {
      // The session may only have got a new key, in another tab. The answer that carries it may still be on its way
      // to the browser when the socket of the old key ends, so not at once, and not only once.
      this.retry = setTimeout(() => this.connect(), this.askAgainAfter.shift());
      this.show("retrying");
      return;
    }
    if (EXPIRED.includes(code)) {
      this.expire();
      return;
    }
    this.failures += 1;
    const wait = SLOW_DOWN.includes(code) ? 30 : WAITS[Math.min(this.failures - 1, WAITS.length - 1)];
    // Half to one and a half times: a thousand pages must not come back in the same second.
    this.retry = setTimeout(() => this.connect(), wait * 1000 * (0.5 + Math.random()));
    if (!navigator.onLine) this.show("offline");
    else if (this.failures >= 3 && this.canPoll) this.startPolling();
    else if (this.state !== "retrying") this.show("retrying");
  }

  expire() {
    this.stopped = true;
    clearTimeout(this.poll);
    clearTimeout(this.retry);
    this.show("expired");
    this.socket?.close();
  }

  wake() {
    if (this.stopped) return;
    this.failures = 0;
    this.pollFailures = 0;
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.show("retrying");
    this.connect();
    this.catchUp();
  }

  // --- without the socket -------------------------------------------------------------------------------

  startPolling() {
    if (this.state === "polling" || this.state === "offline") return;
    this.show("polling");
    this.pollNow();
  }

  async pollNow() {
    clearTimeout(this.poll);
    if (this.stopped || this.state === "live") return;
    await this.catchUp();
    if (this.stopped || this.state === "live") return;
    if (this.pollFailures >= 5) this.show("offline");
    this.poll = setTimeout(() => this.pollNow(), POLL_EVERY);
  }

  // --- catching up --------------------------------------------------------------------------------------

  /** Whether anything on this page can be brought up to date without the socket. */
  get canPoll() {
    return Boolean(this.strip.dataset.eventsUrl || document.querySelector("[data-live-part]"));
  }

  catchUp() {
    if (!this.canPoll || this.stopped) return Promise.resolve();
    this.again = true;
    // One request at a time; a poke that comes meanwhile asks once more afterwards.
    this.fetching ??= this.fetchAll().finally(() => {
      this.fetching = null;
    });
    return this.fetching;
  }

  async fetchAll() {
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        await this.fetchOnce();
        this.pollFailures = 0;
        this.updated = new Date();
        if (this.state === "offline" && navigator.onLine) this.show("polling");
      } catch {
        this.pollFailures += 1;
        return;
      }
    }
  }

  async fetchOnce() {
    if (!this.strip.dataset.eventsUrl) {
      await refreshParts();
      return;
    }
    const url = new URL(this.strip.dataset.eventsUrl, location.href);
    url.searchParams.set("after", this.last);
    const headers = { "X-Requested-With": "fetch" };
    if (this.etag && this.etagFor === url.href) headers["If-None-Match"] = this.etag;
    const answer = await fetch(url, { headers, credentials: "same-origin", cache: "no-store" });
    if (answer.status === 304) return;
    if ([401, 403, 404].includes(answer.status) || (answer.ok && !answer.headers.has("X-Last-Seq"))) {
      // A page to sign in came instead of updates.
      this.expire();
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    this.etag = answer.headers.get("ETag");
    this.etagFor = url.href;
    this.insert(await answer.text());
    this.last = Math.max(this.last, Number(answer.headers.get("X-Last-Seq")) || 0);
  }

  insert(html) {
    const given = parsed(html).querySelectorAll("[data-seq]");
    const items = [...given]
      .filter((item) => Number(item.dataset.seq) > this.last)
      .sort((a, b) => Number(a.dataset.seq) - Number(b.dataset.seq));
    for (const item of items) {
      this.last = Number(item.dataset.seq);
      this.pill(item);
      if (this.list?.reversed) this.list.prepend(item);
      else this.list?.append(item);
    }
    if (items.length) {
      this.announce(items);
      refreshParts();
    }
  }

  pill(item) {
    const heading = item.querySelector("h3");
    if (!heading || heading.querySelector(".cw-new")) return;
    const pill = document.createElement("strong");
    pill.className = "cw-new";
    pill.textContent = this.strip.dataset.textNew;
    heading.append(" ", pill);
  }

  announce(items) {
    this.fresh.push(...items.map((item) => item.querySelector("[data-what]")?.textContent ?? ""));
    // The last of them is the newest.
    const at = new Date(items.at(-1).querySelector("time")?.dateTime ?? Date.now());
    this.freshAt = spoken(at);
    markTitle(this.fresh.length);
    // Several within two seconds are one sentence.
    this.gathering ??= setTimeout(() => {
      const { textOne, textMany } = this.strip.dataset;
      const many = this.fresh.length > 1;
      const sentence = many
        ? textMany.replace("{n}", this.fresh.length)
        : textOne.replace("{what}", () => this.fresh[0]);
      this.say(sentence.replace("{at}", () => this.freshAt));
      this.fresh = [];
      this.gathering = null;
    }, GATHER);
  }

  say(sentence) {
    if (this.status) this.status.textContent = sentence;
  }

  // --- the strip ----------------------------------------------------------------------------------------

  show(state) {
    if (state === this.state) return;
    const before = this.state;
    this.state = state;
    clearTimeout(this.sayLater);
    if (state === "retrying") {
      // A short loss is not worth a word.
      this.sayLater = setTimeout(() => this.paint("retrying"), before ? SAY_RETRYING_AFTER : 0);
      return;
    }
    this.paint(state);
    if (state === "polling" || state === "offline") this.say(this.words.textContent);
    if (state === "expired") this.say(this.strip.dataset.textExpired);
    if (state === "offline") {
      clearTimeout(this.poll);
      this.poll = setTimeout(() => this.pollNow(), POLL_EVERY);
    }
  }

  paint(state) {
    const { dataset } = this.strip;
    dataset.state = state;
    // Nobody tells us any more who is here.
    if (state !== "live") this.onPoke({ t: "presence", people: [] });
    this.strip.className = `cw-live cw-live--${state}`;
    this.words.textContent = {
      live: dataset.textLive,
      retrying: dataset.textRetrying,
      polling: dataset.textPolling,
      offline: `${(dataset.textOffline ?? "").replace("{at}", clock(this.updated))} `,
      expired: "",
    }[state];
    if (state === "offline") {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = dataset.textAgain;
      button.addEventListener("click", () => this.wake());
      this.words.append(button);
    }
    if (state === "expired") {
      const link = document.createElement("a");
      link.href = dataset.signInUrl || "";
      link.textContent = dataset.textExpired;
      this.words.append(link);
    }
  }
}

/** Start the strip of this page, if it has one. */
export function startLive(options) {
  const strip = document.querySelector("[data-live]");
  if (!strip?.dataset.socket) return null;
  const live = new Live(strip, options);
  live.start();
  return live;
}
