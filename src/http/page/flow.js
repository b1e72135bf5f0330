// The numbers: the flow of the stages, outcomes, lag, health. Drawn from answers of the last minute; rates are differences of two.

import { byId, el, instant, say } from "./dom.js";
import { bytes, copyKind, count, percent, plain, plural, rate, reason, span } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
// Seconds over which the large numbers are taken.
const STEADY = 5;

const sum = (numbers) => numbers.reduce((total, value) => total + value, 0);
const settled = (status) => sum(Object.values(status.messages.outcomes));

const STAGES = [
  { name: "Read", unit: "pages/s", of: (s) => s.messages.consumed, detail: (h) => reading(h) },
  { name: "Prepare", unit: "pages/s", of: (s) => s.stages.prepare.count, detail: (h) => times(h, (s) => s.stages.prepare, "a page") },
  { name: "Judge", unit: "entries/s", of: (s) => s.log.appended, detail: (h) => times(h, (s) => s.stages.judge, "a batch") },
  { name: "Finish", unit: "pages/s", of: (s) => s.stages.finish.count, detail: (h) => times(h, (s) => s.stages.finish, "a page") },
  { name: "Publish", unit: "pages/s", of: settled, detail: (h) => times(h, (s) => s.stages.commit, "a commit") },
];

// Growth a second over the last `seconds`; null before there are two answers.
function perSecond(history, of, seconds) {
  const last = history.at(-1);
  const from = history.findLast((status) => last.now_millis - status.now_millis >= seconds * 1000 - 200) ?? history[0];
  if (from === last) return null;
  return (of(last) - of(from)) / ((last.now_millis - from.now_millis) / 1000);
}

// The quantile of what was counted between two answers: within its bucket as Prometheus does it. Above the last bound nothing more is
// known than that, and `Infinity` says so.
function quantile(last, first, q) {
  const before = new Map(first ? first.buckets : []);
  const total = last.count - (first ? first.count : 0);
  if (total <= 0) return null;
  let low = 0;
  let below = 0;
  for (const [bound, all] of last.buckets) {
    const here = all - (before.get(bound) ?? 0);
    if (here > below && here >= q * total) return low + ((bound - low) * Math.max(0, q * total - below)) / (here - below);
    [low, below] = [bound, here];
  }
  return Infinity;
}

// Half and 95 % of the last minute, or of all time where nothing happened in it.
function quantiles(history, of) {
  const last = of(history.at(-1));
  const first = of(history[0]);
  const lately = last.count > first.count;
  return { p50: quantile(last, lately ? first : null, 0.5), p95: quantile(last, lately ? first : null, 0.95), lately };
}

function times(history, of, what) {
  const { p50, p95 } = quantiles(history, of);
  return p50 === null ? "not yet" : `${upTo(p50, of, history)} ${what}, 95 % in ${upTo(p95, of, history)}`;
}

const upTo = (seconds, of, history) => (seconds === Infinity ? `over ${span(of(history.at(-1)).buckets.at(-1)[0])}` : span(seconds));

function reading(history) {
  const { messages } = history.at(-1);
  const speed = perSecond(history, (s) => s.messages.consumed_bytes, STEADY) ?? 0;
  const share = messages.in_flight_bytes_limit ? messages.in_flight_charged_bytes / messages.in_flight_bytes_limit : 0;
  return `${bytes(speed)}/s, ${count(messages.in_flight)} in flight${share > 0.005 ? ` (${percent(share)} of the room)` : ""}`;
}

// ---- the flow ----------------------------------------------------------------------------------------------------

const stages = STAGES.map((stage) => {
  const number = el("span", { class: "number" }, "–");
  const detail = el("p", { class: "detail" }, "\u00a0");
  const [graph, update] = sparkline();
  const item = el("li", { class: "stage" }, el("h3", {}, stage.name), el("p", { class: "speed" }, number, el("span", { class: "unit" }, ` ${stage.unit}`)), graph, detail);
  return { ...stage, item, number, describe: detail, update };
});
byId("stages").append(...stages.map((stage) => stage.item));

// A line of the last minute. It says nothing that the numbers don't, so it is hidden from screen readers.
function sparkline() {
  const [width, height] = [120, 28];
  const svg = document.createElementNS(SVG, "svg");
  const area = document.createElementNS(SVG, "path");
  const line = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "spark");
  area.setAttribute("class", "area");
  line.setAttribute("class", "line");
  svg.append(area, line);
  const update = (values) => {
    const top = Math.max(...values, 1e-9);
    const step = width / 59;
    const points = values.map((value, index) => {
      const x = width - (values.length - 1 - index) * step;
      return `${x.toFixed(1)},${(height - 1.5 - (value / top) * (height - 4)).toFixed(1)}`;
    });
    const drawn = points.length > 1;
    line.setAttribute("d", drawn ? `M${points.join("L")}` : "");
    area.setAttribute("d", drawn ? `M${points[0].split(",")[0]},${height}L${points.join("L")}L${width},${height}Z` : "");
  };
  return [svg, update];
}

export function drawFlow(history) {
  for (const stage of stages) {
    say(stage.number, rate(perSecond(history, stage.of, STEADY)));
    say(stage.describe, stage.detail(history));
    const steps = history.slice(1).map((status, index) => {
      const seconds = (status.now_millis - history[index].now_millis) / 1000;
      return seconds > 0 ? Math.max(0, stage.of(status) - stage.of(history[index])) / seconds : 0;
    });
    stage.update(steps);
  }
  const latency = (status) => status.latency;
  const { p50, p95, lately } = quantiles(history, latency);
  const all = lately ? "" : " (since the start)";
  const [half, most] = [p50, p95].map((seconds) => upTo(seconds, latency, history));
  say(byId("latency"), p50 === null ? "" : half === most ? `from raw page to event ${half}${all}` : `from raw page to event ${half}, 95 % in ${most}${all}`);
}

// ---- outcomes, lag, health ---------------------------------------------------------------------------------------

export function drawFigures(history) {
  drawOutcomes(history);
  drawLag(history.at(-1));
  drawHealth(history.at(-1));
}

// Rows of a table, changed in place so that a selection or a screen reader's place survives.
function fill(body, rows) {
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach(({ name, kind, cells }, index) => {
    const row = body.rows[index] ?? body.insertRow();
    if (row.cells.length === 0) row.append(el("th", { scope: "row" }), ...cells.map(() => el("td")));
    row.className = kind;
    say(row.cells[0], name);
    cells.forEach((text, cell) => say(row.cells[cell + 1], text));
  });
}

function drawOutcomes(history) {
  const status = history.at(-1);
  const before = history[0];
  const row = (name, kind, of) => ({ name, kind, value: of(status), cells: [count(of(status)), of(status) > of(before) ? `+${count(of(status) - of(before))}` : "–"] });
  const letters = (code) => (s) => sum(s.dead_letters.filter((letter) => letter.code === code).map((letter) => letter.count));
  const parts = (rows) => rows.filter((part) => part.value > 0);
  const codes = [...new Set(status.dead_letters.map((letter) => letter.code))];
  const main = [
    row("Published", "published", (s) => s.messages.published.published),
    row("Updated", "updated", (s) => s.messages.published.updated),
    row("Withdrawn", "withdrawn", (s) => s.messages.published.withdrawn),
    row("Copies", "duplicate", (s) => s.messages.published.duplicate),
    row("Refused", "dead_letter", (s) => s.messages.published.dead_letter),
  ];
  const copies = parts(Object.keys(status.duplicates).map((kind) => row(copyKind(kind), "part", (s) => s.duplicates[kind])));
  const refused = parts(codes.map((code) => row(reason(code).toLowerCase(), "part", letters(code))));
  const seen = Math.round((status.now_millis - before.now_millis) / 1000);
  say(byId("lately"), seen > 55 || seen < 1 ? "Last minute" : `Last ${seen} s`);
  fill(byId("outcomes").tBodies[0], [...main.slice(0, 4), ...copies, main[4], ...refused]);
  drawShares(main);
}

function drawShares(rows) {
  const shares = byId("shares");
  while (shares.children.length < rows.length) shares.append(el("span"));
  rows.forEach(({ kind, value }, index) => {
    shares.children[index].className = kind;
    shares.children[index].style.flexGrow = String(value);
  });
}

// Partitions shown; those furthest behind come first where there are more.
const SHOWN = 12;

function drawLag(status) {
  const worst = [...status.lag].sort((a, b) => b.messages - a.messages || b.seconds - a.seconds || a.partition - b.partition);
  const shown = worst.slice(0, SHOWN);
  if (worst.length <= SHOWN) shown.sort((a, b) => a.partition - b.partition);
  fill(byId("lag").tBodies[0], shown.map((part) => ({ name: String(part.partition), kind: part.messages > 0 ? "waiting" : "", cells: [count(part.messages), behind(part)] })));
  byId("lag").hidden = shown.length === 0;
  const messages = sum(status.lag.map((part) => part.messages));
  say(byId("lag-sum"), shown.length === 0 ? "" : messages === 0 ? "nothing waits" : `${plural(messages, "page")} waiting`);
  const more = worst.length - shown.length;
  byId("lag-note").hidden = more === 0 && shown.length > 0;
  say(byId("lag-note"), shown.length === 0 ? "No partition is assigned to this worker." : more > 0 ? `and ${plural(more, "partition")} less far behind` : "");
}

const behind = (part) => (part.messages === 0 && part.seconds === 0 ? "–" : span(part.seconds));

function drawHealth(status) {
  const { log, messages, transactions } = status;
  const facts = status.ready.components.map((part, index) => {
    const turned = status.live.components[index];
    const stuck = turned.ok ? "" : `; its loop has not turned for ${span(turned.turned_seconds_ago)}`;
    return [part.component === "log" ? "Fingerprint log" : "Worker", `${part.state}: ${part.reason}${stuck}`, part.ok && turned.ok ? "good" : "bad"];
  });
  const filled = log.entries_limit ? `, ${percent(log.entries / log.entries_limit)} of the window` : "";
  facts.push(["Index", `${plural(log.entries, "entry", "entries")} in ${bytes(log.bytes)}${filled}`, ""]);
  const { committed = 0, ...others } = transactions.ends;
  const aborted = sum(Object.values(others));
  facts.push(["Transactions", `${count(committed)} committed${aborted ? `, ${count(aborted)} aborted` : ""}`, ""]);
  facts.push(["Last commit", messages.last_committed_millis, ""]);
  for (const { stage, code, count: found } of status.errors) facts.push(["Trouble", `${plain(stage)}: ${plain(code)}, ${plural(found, "time")}`, ""]);
  const list = byId("health");
  // Drawn anew only where a word has changed; the instant ticks by itself.
  const drawn = JSON.stringify(facts);
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  const value = (fact) => (typeof fact === "number" ? instant(fact) : fact ?? "none yet");
  list.replaceChildren(...facts.flatMap(([name, fact, state]) => [el("dt", {}, name), el("dd", { class: state }, value(fact))]));
}
