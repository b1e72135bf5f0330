// The latest events as cards: newest first, filtered, and held back while somebody reads further down. A copy stands beside its
// original where that is still here. Cards are made once and moved, never redrawn, so that focus stays where it is.

import { byId, copyButton, el, foreign, instant, link, paragraph, say } from "./dom.js";
import { KINDS, bytes, copyKind, count, language, percent, plain, plural, published, reason } from "./words.js";

// A finger leaves no pointer behind.
const POINTER = matchMedia("(hover: hover)");

export class Cards {
  constructor(open, reading) {
    this.open = open;
    // Whether the reader is open: then nothing moves behind it.
    this.reading = reading;
    this.kept = 200;
    // Newest first: { summary, node, haystack }.
    this.shown = [];
    this.waiting = [];
    this.byEvent = new Map();
    // Places for originals that have not come yet: a copy may be committed first.
    this.lacking = new Map();
    this.missed = 0;
    this.kind = "all";
    this.words = [];
    this.paused = false;
    this.list = byId("cards");
    this.#controls();
  }

  // Forgets everything: another process answers.
  clear() {
    this.shown = [];
    this.waiting = [];
    this.byEvent.clear();
    this.lacking.clear();
    this.missed = 0;
    this.list.replaceChildren();
  }

  // The newest summary of an event, by `event_id`.
  find(eventId) {
    return this.byEvent.get(eventId);
  }

  // Takes summaries in, the oldest first.
  add(summaries, missed, atStart) {
    this.missed += missed;
    for (const summary of summaries) {
      if (!summary.event_id) continue;
      this.byEvent.set(summary.event_id, summary);
      this.lacking.get(summary.event_id)?.();
      this.lacking.delete(summary.event_id);
    }
    this.waiting.push(...summaries);
    if (this.waiting.length > this.kept) {
      this.missed += this.waiting.length - this.kept;
      this.waiting = this.waiting.slice(-this.kept);
    }
    if (atStart || !this.#mustHold()) this.#release(!atStart);
    else this.#sayHeld();
  }

  // What the worker says of itself: before the first events are added.
  know(status) {
    this.kept = status.recent.kept;
    this.off = status.recent.off;
    this.cluster = status.cluster;
  }

  draw() {
    if (this.waiting.length > 0 && !this.#mustHold()) this.#release(true);
    this.#drawNotes();
  }

  // Somebody is reading here: what comes must not push it away.
  #mustHold() {
    const top = byId("latest").getBoundingClientRect().top;
    const pointed = POINTER.matches && this.list.matches(":hover");
    return this.paused || this.reading() || pointed || top < -60 || this.list.contains(document.activeElement);
  }

  #release(fresh) {
    const made = this.waiting.map((summary) => this.#card(summary, fresh)).reverse();
    this.waiting = [];
    for (const { summary } of this.shown.slice(Math.max(0, this.kept - made.length))) {
      if (this.byEvent.get(summary.event_id) === summary) this.byEvent.delete(summary.event_id);
      this.lacking.delete(summary.duplication?.duplicate_of?.event_id);
    }
    this.shown = [...made, ...this.shown].slice(0, this.kept);
    this.list.prepend(...made.map((card) => card.node));
    while (this.list.children.length > this.shown.length) this.list.lastElementChild.remove();
    this.#filter();
    this.#sayHeld();
  }

  #sayHeld() {
    const held = byId("held");
    held.hidden = this.waiting.length === 0;
    say(held, this.waiting.length === 0 ? "" : `Show ${plural(this.waiting.length, "new event")}`);
  }

  // ---- filter ----------------------------------------------------------------------------------------------------

  #controls() {
    const kinds = [["all", "All"], ...Object.entries(KINDS)];
    this.buttons = kinds.map(([kind, word]) => {
      const number = el("span", { class: "number" });
      const button = el("button", { type: "button", "aria-pressed": String(kind === "all"), "data-kind": kind, click: () => this.#choose(kind) }, word, number);
      return { kind, button, number };
    });
    byId("kinds").append(...this.buttons.map(({ button }) => button));
    byId("search").addEventListener("input", (event) => {
      this.words = event.target.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
      this.#filter(true);
    });
    byId("pause").addEventListener("click", (event) => {
      this.paused = !this.paused;
      event.target.setAttribute("aria-pressed", String(this.paused));
      if (!this.paused && this.waiting.length > 0) this.#release(true);
    });
    byId("held").addEventListener("click", () => {
      this.#release(true);
      byId("latest").focus({ preventScroll: true });
      byId("latest").scrollIntoView({ block: "start" });
    });
  }

  #choose(kind) {
    this.kind = kind;
    for (const { kind: own, button } of this.buttons) button.setAttribute("aria-pressed", String(own === kind));
    this.#filter(true);
  }

  #filter(asked = false) {
    let visible = 0;
    const numbers = { all: this.shown.length };
    for (const { summary, node, haystack } of this.shown) {
      numbers[summary.kind] = (numbers[summary.kind] ?? 0) + 1;
      const fits = (this.kind === "all" || summary.kind === this.kind) && this.words.every((word) => haystack.includes(word));
      node.hidden = !fits;
      if (fits) visible += 1;
    }
    this.visible = visible;
    for (const { kind, number } of this.buttons) say(number, numbers[kind] ? ` ${count(numbers[kind])}` : "");
    if (asked) say(byId("said"), `${plural(visible, "event")} shown`);
    this.#drawNotes();
  }

  #drawNotes() {
    const filtered = this.kind !== "all" || this.words.length > 0;
    say(byId("latest-count"), filtered ? `${count(this.visible ?? 0)} of ${count(this.shown.length)}` : "");
    const empty = byId("empty");
    const why = this.visible > 0 ? "" : this.kept === 0 ? "off" : this.shown.length === 0 ? "none" : "filtered";
    empty.hidden = why === "";
    if (empty.dataset.why !== why) {
      empty.dataset.why = why;
      empty.replaceChildren(...(why ? this.#emptiness(why) : []));
    }
    const missed = byId("missed");
    missed.hidden = this.missed === 0 || this.shown.length === 0;
    say(missed, missed.hidden ? "" : `${plural(this.missed, "earlier event")} not shown here; all are in their topics.`);
  }

  #emptiness(why) {
    if (why === "off") return [el("p", {}, this.off)];
    if (why === "filtered") return [el("p", {}, "Nothing here fits the filter.")];
    const { bootstrap, raw } = this.cluster ?? {};
    if (!raw) return [];
    const commands = [`copydesk feed --bootstrap ${bootstrap} page.html`, `kcat -P -b ${bootstrap} -t ${raw} -k https://site.example/page page.html`];
    return [
      el("p", {}, el("strong", {}, "No page has come through yet."), " Send one:"),
      ...commands.map((command) => el("div", { class: "command" }, el("code", { tabindex: 0 }, command), ...copyButton("Copy", () => command))),
    ];
  }

  // ---- one card --------------------------------------------------------------------------------------------------

  #card(summary, fresh) {
    const title = `card-${summary.number}`;
    const inside = summary.kind === "dead_letter" ? this.#letter(summary, title) : this.#event(summary, title);
    const node = el("li", { class: `card ${summary.kind}${fresh ? " fresh" : ""}` }, el("article", { "aria-labelledby": title }, this.#kicker(summary), inside));
    const { headline, lead, publisher, domain, dateline, url, code, message, people = [], organisations = [], places = [], agencies = [] } = summary;
    const haystack = [headline, lead, publisher, domain, dateline, url, code, reason(code), message, ...people, ...organisations, ...places, ...agencies];
    return { summary, node, haystack: haystack.filter(Boolean).join("\n").toLocaleLowerCase() };
  }

  #kicker(summary) {
    const parts = [el("span", { class: "kind" }, KINDS[summary.kind])];
    if (summary.duplication?.duplicate_of) parts.push(el("span", { class: "verdict" }, verdict(summary.duplication)));
    if (summary.dateline) parts.push(el("span", { class: "dateline", ...foreign(summary.language) }, summary.dateline));
    parts.push(instant(summary.committed_millis));
    return el("p", { class: "kicker" }, parts);
  }

  // The headline is the button that opens the event; its reach is the whole card.
  #headline(summary, id) {
    // A withdrawal has no words of its own.
    const before = this.byEvent.get(summary.supersedes);
    const text = summary.headline ?? before?.headline ?? summary.url ?? "Without headline";
    return el("h3", {}, el("button", { type: "button", class: "open", id, ...foreign(summary.language ?? before?.language), click: () => this.open(summary) }, text));
  }

  #event(summary, title) {
    const parts = [];
    if (summary.duplication?.duplicate_of) parts.push(this.#pair(summary, title));
    else parts.push(this.#headline(summary, title), paragraph(summary.lead, { class: "lead", ...foreign(summary.language) }), meta(summary));
    if (summary.changes) parts.push(el("p", { class: "note" }, changed(summary.changes)));
    parts.push(names(summary));
    return parts;
  }

  // A copy beside its original.
  #pair(summary, title) {
    const { kind, duplicate_of: of } = summary.duplication;
    // Within one page the worker names its newest entry, which may be a copy itself.
    const other = kind === "same_url" || kind === "stale" ? "The newest of the same page" : "Its original";
    const own = summary.kind === "duplicate" ? "This copy" : "This version";
    const original = el("div", { class: "side original" });
    const fill = () => original.replaceChildren(el("p", { class: "label" }, other), ...[this.#original(of)].flat());
    fill();
    if (!this.byEvent.has(of.event_id)) this.lacking.set(of.event_id, fill);
    return el(
      "div", { class: "pair" },
      el("div", { class: "side copy" }, el("p", { class: "label" }, own), this.#headline(summary, title), paragraph(summary.lead, { class: "lead", ...foreign(summary.language) }), meta(summary, true)),
      original,
    );
  }

  #original(of) {
    const original = this.byEvent.get(of.event_id);
    if (!original) {
      const received = of.received_at ? [" · received ", instant(Date.parse(of.received_at))] : [];
      return el("p", { class: "meta" }, el("strong", {}, of.domain || "an article"), ...received, " · not among the latest");
    }
    const text = original.headline ?? original.url ?? "Without headline";
    const open = el("button", { type: "button", class: "other", ...foreign(original.language), click: () => this.open(original) }, text);
    return [el("p", { class: "headline" }, open), meta(original, true)];
  }

  #letter(summary, title) {
    const { stage, code, message, url, key, partition, offset, topic } = summary;
    const where = url ? link(url) : key ? el("span", { class: "address", dir: "auto" }, key) : "without URL";
    return [
      el("h3", {}, el("button", { type: "button", class: "open", id: title, click: () => this.open(summary) }, reason(code))),
      paragraph(message, { class: "reason", dir: "auto" }),
      el("p", { class: "meta dotted" }, [where, `refused at ${plain(stage)}`, `${topic} ${partition}/${offset}`, bytes(summary.bytes)].map((part) => el("span", {}, part))),
    ];
  }
}

// What kind of copy, and how like the original it is.
function verdict({ kind, similarity, containment, published_earlier: earlier }) {
  const alike = similarity > 0 ? `${percent(similarity)} alike` : "";
  const within = kind === "excerpt" && containment > 0 ? `${percent(containment)} of it stands in the other` : "";
  return [copyKind(kind), alike, within, earlier ? "says it was first" : ""].filter(Boolean).join(" · ");
}

function changed({ headline, text, text_similarity: alike }) {
  if (!text) return headline ? "New headline, same text." : "Nothing of the text changed.";
  return `${headline ? "New headline and text" : "New text"}, ${percent(alike)} as before.`;
}

// Publisher, time, language, length. A copy often carries the name of the publisher it was copied from: then the site is told too.
function meta(summary, site = false) {
  const { publisher, domain } = summary;
  const parts = [el("strong", { dir: "auto" }, publisher ?? domain ?? "unknown publisher")];
  if (site && publisher && domain) parts.push(domain);
  if (summary.agencies?.length) parts.push(el("span", { dir: "auto" }, summary.agencies.join(", ")));
  if (summary.published) parts.push(el("time", { datetime: summary.published.at }, published(summary.published)));
  if (summary.language) parts.push(language(summary.language));
  if (summary.words) parts.push(plural(summary.words, "word"));
  return el("p", { class: "meta dotted" }, parts.map((part) => el("span", {}, part)));
}

function names({ people = [], organisations = [], places = [] }) {
  const rows = [["People", people], ["Organisations", organisations], ["Places", places]].filter(([, list]) => list.length > 0);
  if (rows.length === 0) return "";
  return el("dl", { class: "names" }, rows.map(([word, list]) => el("div", {}, el("dt", {}, word), list.map((name) => el("dd", { dir: "auto" }, name)))));
}
