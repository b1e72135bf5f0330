// The page's heart: asks the worker once a second while somebody looks, keeps the last minute, and hands it to those who draw.
// It never asks while the page is hidden, and says so when no answer comes.

import { byId, say } from "./dom.js";
import { drawFigures, drawFlow } from "./flow.js";
import { Cards } from "./cards.js";
import { Reader } from "./reader.js";
import { ago, upTime } from "./words.js";

const POLL = 1000;
const SLOWEST_POLL = 5000;
const PATIENCE = 8000;
// Milliseconds of answers that are kept: what happened longer ago, perhaps while nobody looked, is not of the last minute.
const MINUTE = 61_000;

const history = [];
let started = null;
let number = 0;
let failures = 0;
let lastData = null;
// The worker's clock less ours.
let skew = 0;
let timer = null;
let asking = false;

const reader = new Reader(byId("reader"), ask, (id) => cards.find(id));
const cards = new Cards((card) => reader.open(card), () => reader.isOpen());

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.error ?? `answer ${answer.status}`), { status: answer.status });
  return body;
}

async function poll() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  let newest = null;
  try {
    newest = await askAll();
    failures = 0;
    lastData = Date.now();
  } catch (error) {
    failures += 1;
    if (failures === 1) console.warn("no answer from the worker:", error);
  }
  asking = false;
  if (!document.hidden) timer = setTimeout(poll, Math.min(POLL * 2 ** Math.min(failures, 3), SLOWEST_POLL));
  if (newest) take(newest);
  drawState();
}

// The numbers, and the events where there are new ones.
async function askAll() {
  const status = await ask("api/status");
  const known = status.started_millis === started ? number : 0;
  const wanted = status.recent.last !== known;
  const events = wanted ? await ask(`api/events?after=${known}&limit=${Math.max(status.recent.kept, 1)}`) : null;
  // A restart between the two questions: the next round takes both.
  return { status, events: events?.started_millis === status.started_millis ? events : null };
}

function take({ status, events }) {
  if (started !== status.started_millis) {
    // Another process answers: its counters and numbers begin anew.
    started = status.started_millis;
    history.length = 0;
    number = 0;
    cards.clear();
  }
  skew = status.now_millis - Date.now();
  history.push(status);
  while (status.now_millis - history[0].now_millis > MINUTE) history.shift();
  cards.know(status);
  if (events) {
    cards.add(events.events, events.missed, number === 0);
    number = events.last;
  }
  draw(status);
}

function draw(status) {
  const { cluster, build } = status;
  say(byId("route"), `${cluster.raw} → ${cluster.articles} · group ${cluster.group} · ${upTime(status.now_millis - status.started_millis)}`);
  say(byId("imprint"), `copydesk ${build.version}${build.revision ? ` (${build.revision})` : ""} · librdkafka ${build.librdkafka} · configuration ${build.config_hash}`);
  drawFlow(history);
  drawFigures(history);
  cards.draw();
  tick();
}

// What the state is, in a word and a reason.
function standing() {
  const status = history.at(-1);
  if (failures > 0) {
    const since = lastData === null ? "no answer yet" : `last data ${ago(Date.now() - lastData)}`;
    return failures > 1 || lastData === null ? ["lost", "Connection lost", since] : null;
  }
  if (!status) return ["waiting", "Connecting", ""];
  const stuck = status.live.components.find((part) => !part.ok);
  if (stuck) return ["bad", "Stuck", `the ${stuck.component} loop stands still`];
  const unready = status.ready.components.find((part) => !part.ok);
  if (unready) return ["warn", "Not ready", `${unready.component}: ${unready.reason}`];
  return ["good", "Ready", status.ready.components[0].reason];
}

function drawState() {
  const now = standing();
  if (!now) return;
  const [state, word, why] = now;
  byId("state").dataset.state = state;
  document.body.classList.toggle("stale", state === "lost");
  say(byId("state-word"), word);
  say(byId("state-reason"), why);
  const title = `${state === "good" ? "" : `${word} · `}copydesk`;
  if (document.title !== title) document.title = title;
}

// Relative times go on between two answers.
function tick() {
  const now = Date.now() + skew;
  for (const time of document.querySelectorAll("time[data-ago]")) say(time, ago(now - Number(time.dataset.ago)));
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (!document.hidden) poll();
});
setInterval(() => {
  if (document.hidden) return;
  tick();
  if (failures > 0) drawState();
}, 1000);
poll();
