// Drives the status page in headless Chromium, as a reader with a mouse, a keyboard, a phone, in the dark.
//
//   node check.mjs http://127.0.0.1:9464/ [folder for screenshots]
//
// The worker behind it must have published something, a copy of it, and have refused something: `copydesk standalone` does.
// What a worker rarely shows (markup in a headline, silence, nothing at all) is given to the page by answering in the worker's place.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [url, folder] = process.argv.slice(2);
if (!url) {
  console.error("usage: node check.mjs URL [FOLDER]");
  process.exit(64);
}
await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((error) => {
  console.error(`nothing answers at ${url}: ${error.cause?.code ?? error.message}`);
  process.exit(69);
});
if (folder) mkdirSync(folder, { recursive: true });

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };

const home = mkdtempSync(join(tmpdir(), "copydesk-browser-"));
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS, env: { ...process.env, HOME: home } });
let failed = 0;

// One check in a page of its own. Whatever the page complains about is a failure too.
async function check(name, options, work) {
  const { viewport = DESKTOP, scheme = "light", prepare, noise = false } = options;
  // axe is put into the page by hand, which the page's policy forbids: it is set aside where axe runs, and only there.
  const context = await browser.newContext({ viewport, colorScheme: scheme, reducedMotion: "reduce", bypassCSP: options.axe === true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(error.message));
  try {
    if (prepare) await prepare(page);
    await page.goto(url);
    await work(page);
    if (!noise) assert.deepEqual(complaints, [], "the browser complains");
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
    if (folder) await page.screenshot({ path: join(folder, `failed-${failed}.png`) }).catch(() => {});
  } finally {
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await context.close();
  }
}

const cards = (page, kind) => page.locator(kind ? `.card.${kind}:visible` : ".card:visible");
const shot = (page, name, options = {}) => (folder ? page.screenshot({ path: join(folder, `${name}.png`), ...options }) : null);
const focusedId = (page) => page.evaluate(() => document.activeElement?.id);

async function ready(page) {
  await cards(page).first().waitFor();
  await page.locator("#state[data-state=good]").waitFor();
}

async function noSidewaysScroll(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${content} px of content in a window of ${window} px`);
}

async function accessible(page) {
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
  assert.deepEqual(found, []);
}

// Changes the worker's answers on their way to the page.
const amend = (page, path, change) => page.route(path, async (route) => {
  const answer = await route.fetch().catch(() => null);
  if (!answer) return route.abort();
  const body = await answer.json();
  return route.fulfill({ response: answer, json: { ...body, ...change(body) } });
});

// Answers the page's first question for events in the worker's place.
const answerEvents = (page, events) => amend(page, "**/api/events?*", (body) => ({ missed: 0, events: body.events.length > 0 ? events : [] }));

const EVENT = {
  number: 1, kind: "published", received_millis: 1.7e12, committed_millis: 1.7e12, bytes: 900, event_id: "e-1", article_id: "a-1",
  agencies: [], people: [], organisations: [], places: [],
};

// ---- with the worker's own events --------------------------------------------------------------------------------

await check("cards, figures and state are shown", {}, async (page) => {
  await ready(page);
  assert.ok((await cards(page, "published").count()) > 0, "no published event");
  assert.match(await page.locator("#state").innerText(), /Ready/);
  assert.equal(await page.locator(".stage").count(), 5);
  await page.waitForFunction(() => /^\d/.test(document.querySelector(".stage .number").textContent));
  const status = await page.evaluate(async () => (await fetch("api/status")).json());
  const row = page.locator("#outcomes tr.published td").first();
  assert.ok(Number((await row.innerText()).replaceAll(",", "")) > 0);
  assert.equal(await page.locator("#lag tbody tr").count(), status.lag.length);
  assert.match(await page.locator("#health").innerText(), /Fingerprint log/);
  assert.match(await page.locator(".card time").first().innerText(), /ago|just now/);
});

await check("a copy is beside its original", {}, async (page) => {
  await ready(page);
  const pair = cards(page, "duplicate").filter({ has: page.locator(".side.original .other") }).first();
  const [copy, original] = [await pair.locator(".side.copy").boundingBox(), await pair.locator(".side.original").boundingBox()];
  assert.ok(Math.abs(copy.y - original.y) < 2 && original.x >= copy.x + copy.width, "not side by side");
  assert.match(await pair.locator(".verdict").innerText(), /copy|same|older/);
  const headline = await pair.locator(".other").innerText();
  await pair.locator(".other").click();
  await page.locator("#reader[open] .json pre").waitFor();
  assert.equal(await page.locator("#reader-title").innerText(), headline);
});

await check("a dead letter shows its reason and its beginning", {}, async (page) => {
  await ready(page);
  const letter = cards(page, "dead_letter").filter({ has: page.locator(".reason") }).first();
  const reason = await letter.locator(".reason").innerText();
  await letter.locator(".open").click();
  await page.locator("#reader[open] .headers").waitFor();
  const text = await page.locator("#reader").innerText();
  assert.ok(text.includes(reason) && /Raw record/.test(text), text);
});

await check("a card opens by keyboard, Escape closes it, and the focus returns", {}, async (page) => {
  await ready(page);
  const first = cards(page, "published").first().locator(".open");
  const id = await first.getAttribute("id");
  await first.focus();
  await page.keyboard.press("Enter");
  const pre = page.locator("#reader[open] .json pre");
  await pre.waitFor();
  const event = JSON.parse(await pre.innerText());
  assert.match(event.schema, /^copydesk\.article\//);
  assert.ok(await page.evaluate(() => document.querySelector("#reader").contains(document.activeElement)), "the focus is not in the dialog");
  for (let step = 0; step < 12; step += 1) await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => !document.querySelector("main").contains(document.activeElement)), "the focus got behind the dialog");
  await page.keyboard.press("Escape");
  await page.locator("#reader[open]").waitFor({ state: "detached" }).catch(() => {});
  assert.equal(await page.locator("#reader[open]").count(), 0);
  assert.equal(await focusedId(page), id);
});

await check("the JSON is copied", {}, async (page) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await ready(page);
  await cards(page, "published").first().locator(".open").click();
  await page.locator("#reader .bar .quiet").click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, await page.locator("#reader .json pre").evaluate((pre) => pre.textContent));
});

await check("kinds and words filter", {}, async (page) => {
  await ready(page);
  const all = await cards(page).count();
  await page.locator("[data-kind=dead_letter]").click();
  const refused = await cards(page).count();
  assert.ok(refused > 0 && refused < all);
  assert.equal(await cards(page, "dead_letter").count(), refused);
  await page.locator("[data-kind=all]").click();
  const headline = await cards(page, "published").first().locator(".open").innerText();
  await page.locator("#search").fill(headline.toUpperCase());
  assert.ok((await cards(page).count()) < all && (await cards(page).count()) > 0);
  await page.locator("#search").fill("no such word anywhere");
  await page.getByText("Nothing here fits the filter.").waitFor();
  assert.equal(await cards(page).count(), 0);
});

await check("the first Tab offers to skip", {}, async (page) => {
  await ready(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await focusedId(page), "latest");
});

await check("the colours can be chosen, and the choice is kept", { scheme: "light" }, async (page) => {
  await ready(page);
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.locator("#theme").click();
  const dark = await paper();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await paper(), dark);
});

for (const [device, viewport] of [["desktop", DESKTOP], ["phone", PHONE]]) {
  for (const scheme of ["light", "dark"]) {
    await check(`${device}, ${scheme}: everything fits and is accessible`, { viewport, scheme, axe: true }, async (page) => {
      await ready(page);
      // Some seconds of rates, for the pictures.
      if (folder) await page.waitForTimeout(6000);
      await noSidewaysScroll(page);
      await accessible(page);
      await shot(page, `${device}-${scheme}`);
      const pair = page.locator(".card.duplicate .pair").first();
      if (await pair.count()) {
        await pair.scrollIntoViewIfNeeded();
        await shot(page, `${device}-${scheme}-copy`);
      }
      await cards(page, "published").first().locator(".open").click();
      await page.locator("#reader[open] .json pre").waitFor();
      await noSidewaysScroll(page);
      const [inside, outside] = await page.evaluate(() => { const dialog = document.querySelector("#reader"); return [dialog.scrollWidth, dialog.clientWidth]; });
      assert.ok(inside <= outside, "the dialog scrolls sideways");
      await accessible(page);
      await shot(page, `${device}-${scheme}-open`);
    });
  }
}

// ---- with answers in the worker's place --------------------------------------------------------------------------

const MARKUP = "<img src=x onerror=\"window.struck = 1\"><script>window.struck = 1</script><b>Harbour</b> &amp; \"bridge\"";
const hostile = {
  ...EVENT, headline: MARKUP, lead: MARKUP, publisher: MARKUP, dateline: MARKUP, people: [MARKUP], url: "javascript:window.struck=1",
  language: "\"><script>", published: { at: MARKUP, value: MARKUP, precision: "minute" },
};
const letter = { ...EVENT, number: 2, kind: "dead_letter", event_id: undefined, code: MARKUP, message: MARKUP, url: "javascript:window.struck=1", stage: MARKUP, topic: MARKUP, partition: "0", offset: "1" };
const whole = {
  number: 1, kind: "published", topic: "news.articles", received_millis: 1.7e12, committed_millis: 1.7e12, bytes: 900, key: MARKUP, headers: [[MARKUP, MARKUP]],
  event: {
    schema: "copydesk.article/1", source: { url: "javascript:window.struck=1", publisher: { name: MARKUP } },
    content: { headline: MARKUP, text: MARKUP, description: MARKUP, language: { code: MARKUP, confidence: 1 } },
    annotations: { entities: [{ type: "person", name: MARKUP, role: MARKUP }], places: [{ name: MARKUP, country: MARKUP, role: "focus" }] },
  },
};

await check("markup in what pages say stays text", {
  prepare: async (page) => {
    await answerEvents(page, [hostile, letter]);
    await page.route("**/api/events/1", (route) => route.fulfill({ json: whole }));
  },
}, async (page) => {
  await cards(page).nth(1).waitFor();
  assert.equal(await cards(page, "published").locator(".open").evaluate((button) => button.textContent), MARKUP);
  await cards(page, "published").locator(".open").click();
  await page.locator("#reader[open] .prose").waitFor();
  assert.equal(await page.locator("#reader-title").evaluate((title) => title.textContent), MARKUP);
  assert.equal(await page.locator("main img, main script, main b, #reader img, #reader script, #reader b").count(), 0);
  assert.equal(await page.locator("a[href^='javascript']").count(), 0);
  assert.equal(await page.evaluate(() => window.struck), undefined);
});

await check("the policy stops what would get through", { noise: true }, async (page) => {
  await ready(page);
  await page.evaluate(() => {
    const holder = document.createElement("div");
    holder.innerHTML = "<img src='data:,' onerror='window.struck = 1'>";
    document.body.append(holder);
    const script = document.createElement("script");
    script.textContent = "window.struck = 1";
    document.body.append(script);
  });
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(() => window.struck), undefined);
});

await check("a text from right to left is shown so, and links are safe", {
  prepare: (page) => answerEvents(page, [
    { ...EVENT, headline: "افتتاح مكتبة الميناء", language: "ar", lead: "افتتحت المدينة مكتبتها." },
    { ...letter, code: "empty", stage: "parse", message: "no text", topic: "news.raw", url: "https://harbour.example/x" },
  ]),
}, async (page) => {
  await cards(page).nth(1).waitFor();
  const open = cards(page, "published").locator(".open");
  assert.deepEqual([await open.getAttribute("dir"), await open.getAttribute("lang")], ["auto", "ar"]);
  assert.equal(await open.evaluate((button) => getComputedStyle(button).direction), "rtl");
  const link = cards(page, "dead_letter").locator("a");
  assert.equal(await link.getAttribute("href"), "https://harbour.example/x");
  assert.match(await link.getAttribute("rel"), /noopener/);
});

await check("a copy that came before its original finds it", {
  prepare: async (page) => {
    const copy = { ...EVENT, kind: "duplicate", event_id: "e-2", headline: "The copy", duplication: { status: "duplicate", kind: "same_text", similarity: 1, duplicate_of: { article_id: "a-1", event_id: "e-1", domain: "first.example" } } };
    let asked = 0;
    await amend(page, "**/api/events?*", (body) => {
      asked += 1;
      const events = asked === 1 ? [copy] : asked === 2 ? [{ ...EVENT, number: 2, headline: "The original" }] : [];
      return { last: asked === 1 ? 1 : body.last, missed: 0, events };
    });
  },
}, async (page) => {
  await page.locator(".side.original .other", { hasText: "The original" }).waitFor();
});

await check("nothing yet: it says how to send a page", {
  prepare: (page) => answerEvents(page, []),
}, async (page) => {
  await page.getByText("No page has come through yet.").waitFor();
  const { cluster } = await page.evaluate(async () => (await fetch("api/status")).json());
  const said = await page.locator("#empty").innerText();
  assert.ok(said.includes(`--bootstrap ${cluster.bootstrap}`) && said.includes(`-t ${cluster.raw}`), said);
  await shot(page, "empty");
});

await check("where articles are hidden it says why, and shows the figures", {
  prepare: (page) => amend(page, "**/api/status", () => ({ recent: { kept: 0, last: 0, off: "Articles are not shown here: <b>why</b>" } })),
}, async (page) => {
  await page.locator("#empty", { hasText: "Articles are not shown here: <b>why</b>" }).waitFor();
  assert.equal(await cards(page).count(), 0);
  await page.locator("#state[data-state=good]").waitFor();
});

await check("silence is said, with the time of the last answer, and ends by itself", { noise: true }, async (page) => {
  await ready(page);
  await page.route("**/api/**", (route) => route.abort());
  await page.locator("#state[data-state=lost]").waitFor();
  assert.match(await page.locator("#state").innerText(), /Connection lost\s+last data \d+ s ago/);
  await shot(page, "lost");
  await page.unroute("**/api/**");
  await page.locator("#state[data-state=good]").waitFor();
});

await check("what comes while somebody reads is held until asked for", {
  prepare: async (page) => {
    let next = 0;
    await amend(page, "**/api/status", ({ recent }) => {
      next += 1;
      return { recent: { ...recent, last: next } };
    });
    await amend(page, "**/api/events?*", () => ({ last: next, missed: 0, events: [{ ...EVENT, number: next, event_id: `e-${next}`, headline: `Headline ${next}` }] }));
  },
}, async (page) => {
  await cards(page).nth(1).waitFor();
  await cards(page).first().locator(".open").focus();
  const before = await cards(page).count();
  await page.locator("#held:visible").waitFor();
  assert.equal(await cards(page).count(), before);
  await page.locator("#held").click();
  await page.waitForFunction((count) => document.querySelectorAll(".card").length > count, before);
});

await browser.close();
rmSync(home, { recursive: true, force: true });
console.log(failed === 0 ? "the status page is as it should be" : `${failed} check(s) failed`);
process.exit(failed === 0 ? 0 : 1);
