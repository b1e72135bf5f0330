// One event as a whole, in a dialog: what matters to a person first, then the JSON as it was published. Escape closes it, and the
// browser gives the focus back to what opened it.

import { copyButton, el, foreign, instant, link, paragraph } from "./dom.js";
import { KINDS, bytes, copyKind, count, language, percent, plain, published, reason } from "./words.js";

export class Reader {
  constructor(dialog, ask, find) {
    this.dialog = dialog;
    this.ask = ask;
    this.find = find;
    dialog.addEventListener("click", (event) => {
      // Only the backdrop is the dialog itself.
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener("close", () => this.#giveBack());
  }

  isOpen() {
    return this.dialog.open;
  }

  async open(summary) {
    if (!this.dialog.open) this.opener = document.activeElement;
    this.asked = summary.number;
    this.#show(summary, el("p", { class: "note" }, "Reading…"));
    try {
      const whole = await this.ask(`api/events/${summary.number}`);
      if (this.asked === summary.number) this.#show(summary, summary.kind === "dead_letter" ? letter(whole) : this.#event(whole));
    } catch (error) {
      const why = error.status === 404 ? `This event is ${error.message}.` : "The worker does not answer.";
      if (this.asked === summary.number) this.#show(summary, el("p", { class: "note", role: "alert" }, why));
    }
  }

  #giveBack() {
    this.asked = null;
    this.dialog.replaceChildren();
    if (this.opener?.isConnected) this.opener.focus({ preventScroll: true });
  }

  #show(summary, body) {
    const close = el("button", { type: "button", class: "quiet close", click: () => this.dialog.close() }, "Close");
    const title = summary.kind === "dead_letter" ? reason(summary.code) : summary.headline ?? summary.url ?? "Without headline";
    const head = el(
      "header", {},
      el("p", { class: `kicker ${summary.kind}` }, el("span", { class: "kind" }, KINDS[summary.kind]), instant(summary.committed_millis)),
      close,
      el("h2", { id: "reader-title", tabindex: -1, ...foreign(summary.language) }, title),
    );
    this.dialog.replaceChildren(head, el("div", { class: "body" }, body));
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
    close.focus();
  }

  #event(whole) {
    const event = whole.event;
    if (!event) return [el("p", { class: "note" }, "Its value can’t be read as JSON."), raw(whole)];
    const { content = {}, source = {}, annotations = {} } = event;
    return [
      this.#duplication(event.duplication),
      paragraph(content.description, { class: "standfirst", ...foreign(content.language?.code) }),
      facts([
        ["Publisher", source.publisher?.name ?? source.domain],
        ["Byline", content.byline],
        ["Dateline", content.dateline?.raw],
        ["Published", content.published && `${published(content.published)} (${plain(content.published.source)})`],
        ["Modified", content.modified && published(content.modified)],
        ["Language", content.language && `${language(content.language.code)}, ${percent(content.language.confidence)} sure`],
        ["Agencies", [...new Set((content.agency_credits ?? []).map((credit) => credit.agency))].join(", ")],
        ["Section", [content.section, plain(content.genre)].filter(Boolean).join(", ")],
        ["Length", content.word_count ? `${count(content.word_count)} words` : ""],
        ["Address", source.url && link(source.url)],
        ["Warnings", (event.quality?.warnings ?? []).map(plain).join(", ")],
      ]),
      named(annotations),
      content.text ? el("section", { class: "text" }, el("h3", {}, "Text"), paragraphs(content)) : "",
      json("The event as it was published", event),
      headers(whole),
    ];
  }

  #duplication(duplication) {
    const of = duplication?.duplicate_of;
    if (!of) return "";
    const original = this.find(of.event_id);
    const name = original ? original.headline ?? original.url : of.domain || of.article_id;
    const shown = original ? el("button", { type: "button", class: "other", ...foreign(original.language), click: () => this.open(original) }, name) : el("strong", {}, name);
    const alike = duplication.similarity > 0 ? `, ${percent(duplication.similarity)} alike` : "";
    return el("p", { class: "verdict" }, `${copyKind(duplication.kind)}${alike}, of `, shown, original?.publisher ? ` (${original.publisher})` : "");
  }
}

function facts(rows) {
  const filled = rows.filter(([, value]) => value);
  return el("dl", { class: "facts" }, filled.map(([name, value]) => [el("dt", {}, name), el("dd", { dir: "auto" }, value)]));
}

// People, organisations and places, with their roles.
function named({ entities = [], places = [] }) {
  const of = (kind) => entities.filter((entity) => entity.type === kind).map((entity) => [entity.name, entity.role]);
  const spots = places.map((place) => [place.name, [place.country, place.role === "mentioned" ? "" : place.role].filter(Boolean).join(", ")]);
  const lists = [["People", of("person")], ["Organisations", of("organisation")], ["Places", spots]].filter(([, list]) => list.length > 0);
  const item = ([name, role]) => el("li", { dir: "auto" }, name, role ? el("span", { class: "role" }, ` ${role}`) : "");
  return lists.length === 0 ? "" : el("div", { class: "named" }, lists.map(([word, list]) => el("section", {}, el("h3", {}, word), el("ul", {}, list.map(item)))));
}

// The text by its paragraphs; their offsets count Unicode scalar values, as code points do here.
function paragraphs({ text, paragraphs: parts = [], language: spoken }) {
  const points = Array.from(text);
  const tags = { subhead: "h4", quote: "blockquote" };
  const pieces = parts.length > 0 ? parts : [{ kind: "paragraph", start: 0, end: points.length }];
  return el("div", { class: "prose", ...foreign(spoken?.code) }, pieces.map(({ kind, start, end }) => el(tags[kind] ?? "p", { class: kind, dir: "auto" }, points.slice(start, end).join(""))));
}

function json(title, value) {
  const text = JSON.stringify(value, null, 2);
  return el("section", { class: "json" }, el("div", { class: "bar" }, el("h3", {}, title), copyButton("Copy JSON", () => text)), el("pre", { tabindex: 0, "aria-label": title }, text));
}

function headers(whole) {
  const rows = whole.headers.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", { dir: "auto" }, value ?? "(null)")));
  const head = el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Header"), el("th", { scope: "col" }, "Value")));
  return el(
    "details", { class: "headers" },
    el("summary", {}, `Record in ${whole.topic}: key, ${count(rows.length)} headers, ${bytes(whole.bytes)}`),
    el("p", { class: "meta" }, "Key ", el("code", { dir: "auto" }, whole.key ?? "(null)")),
    el("table", {}, head, el("tbody", {}, rows)),
  );
}

function letter(whole) {
  const header = (name) => whole.headers.find(([own]) => own === name)?.[1];
  const place = `${header("dlq-topic")}, partition ${header("dlq-partition")}, offset ${header("dlq-offset")}`;
  const url = header("url");
  const cut = header("dlq-truncated");
  return [
    paragraph(header("dlq-message"), { class: "standfirst", dir: "auto" }),
    facts([
      ["Refused at", plain(header("dlq-stage"))],
      ["Code", header("dlq-code")],
      ["Raw record", place],
      ["Address", url && link(url)],
      ["Size", bytes(whole.bytes) + (cut ? `, cut for its topic (whole: ${cut} bytes)` : "")],
      ["Replays", header("dlq-replays") !== "0" && header("dlq-replays")],
    ]),
    raw(whole),
    headers(whole),
  ];
}

function raw({ raw: value, bytes: size }) {
  if (!value) return el("p", { class: "note" }, "The record has no value.");
  const said = [value.cut ? `its beginning, of ${bytes(size)}` : "", value.lossy ? "bytes that are no UTF-8 are shown as �" : ""].filter(Boolean).join("; ");
  return el(
    "section", { class: "json" },
    el("div", { class: "bar" }, el("h3", {}, "The raw page"), copyButton("Copy text", () => value.text)),
    said ? el("p", { class: "note" }, `${said[0].toUpperCase()}${said.slice(1)}.`) : "",
    el("pre", { tabindex: 0, dir: "auto", "aria-label": "The raw page" }, value.text),
  );
}
