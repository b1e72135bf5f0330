// Numbers, times and codes in words. Nothing here touches the page.

const WHOLE = new Intl.NumberFormat("en");
const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

export const count = (value) => WHOLE.format(value);

export function plural(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function rate(perSecond) {
  if (perSecond === null) return "–";
  if (perSecond === 0) return "0";
  if (perSecond < 10) return perSecond.toFixed(1);
  return WHOLE.format(Math.round(perSecond));
}

const three = (value) => (value < 10 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value)));

// A span of time, for people.
export function span(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${three(seconds * 1e3)} ms`;
  if (seconds < 120) return `${three(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${three(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

// Whole units, so that a ticking text does not flicker.
export function ago(millis) {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  if (seconds < 2) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} days ago`;
}

export function upTime(millis) {
  const minutes = Math.floor(millis / 60000);
  if (minutes < 1) return "up less than a minute";
  if (minutes < 60) return `up ${minutes} min`;
  if (minutes < 2880) return `up ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `up ${Math.floor(minutes / 1440)} days`;
}

export function bytes(value) {
  if (value < 1000) return `${Math.round(value)} B`;
  if (value < 1e6) return `${three(value / 1e3)} kB`;
  if (value < 1e9) return `${three(value / 1e6)} MB`;
  return `${three(value / 1e9)} GB`;
}

export function percent(share) {
  const value = share * 100;
  if (value > 0 && value < 0.5) return "under 1 %";
  if (value > 99.5 && value < 100) return "99 %";
  return `${Math.round(value)} %`;
}

export function language(code) {
  if (!code) return "";
  try { return languages.of(code); } catch { return code; }
}

// When an article was published, as exactly as is known: a time with its offset, or a local time of an unknown zone.
export function published(time) {
  const [, year, month, day] = /^(\d{4})-(\d{2})(?:-(\d{2}))?/.exec(time.value) ?? [];
  if (!year) return time.value;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1)));
  const shown = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", year: "numeric", month: "short", day: day ? "numeric" : undefined });
  const clock = /T(\d{2}:\d{2})/.exec(time.value);
  const offset = /T.*?(Z|[+-]\d{2}:\d{2})$/.exec(time.value)?.[1];
  const zone = offset ? `UTC${offset.replace("Z", "")}` : "local time";
  const exact = clock && (time.precision === "minute" || time.precision === "second");
  return exact ? `${shown.format(date)}, ${clock[1]} ${zone}` : shown.format(date);
}

export const KINDS = {
  published: "Published",
  updated: "Updated",
  duplicate: "Copy",
  withdrawn: "Withdrawn",
  dead_letter: "Refused",
};

const COPIES = {
  stale: "older than what we have",
  same_url: "same page again",
  same_text: "same text",
  near_copy: "edited copy",
  excerpt: "cut copy",
};

const CODES = {
  bad_envelope: "Broken envelope",
  undecodable: "Can’t be decoded",
  oversize: "Too large",
  too_complex: "Too complex",
  not_html: "Not a page",
  not_an_article: "Not an article",
  empty: "No text",
  skipped: "Skipped by an operator",
  unpublishable: "Refused by the brokers",
  internal: "The worker failed on it",
};

export const plain = (code) => String(code ?? "").replaceAll("_", " ");
export const copyKind = (kind) => COPIES[kind] ?? plain(kind);
export const reason = (code) => CODES[code] ?? plain(code);
