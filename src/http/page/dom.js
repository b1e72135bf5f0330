// Making elements. Everything shown comes from pages that anybody wrote: texts become text nodes, never markup,
// and a link is made of http(s) addresses only.

export const byId = (id) => document.getElementById(id);

// An element with attributes and children; a string child is text, an empty one is left out.
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") made.className = value;
    else if (name === "click") made.addEventListener("click", value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === "" || child === false) continue;
    made.append(child);
  }
  return made;
}

// A paragraph, where there is a text for it.
export function paragraph(text, attributes = {}) {
  return text ? el("p", attributes, text) : "";
}

// Changes a text only where it differs, so that nothing is announced or laid out in vain.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const LANGUAGE = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/;

// Attributes of a text in another language, which may run from right to left.
export function foreign(language) {
  const known = typeof language === "string" && LANGUAGE.test(language);
  return known ? { dir: "auto", lang: language } : { dir: "auto" };
}

// The address, if a browser may go there.
export function safeUrl(address) {
  try {
    const url = new URL(address);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

// A link to a page outside; plain text where the address is none.
export function link(address, text = address) {
  const href = safeUrl(address);
  if (!href) return el("span", { class: "address" }, text);
  return el("a", { class: "address", href, rel: "noopener noreferrer", target: "_blank" }, text);
}

// An instant that ticks: "12 s ago".
export function instant(millis, attributes = {}) {
  return el("time", { ...attributes, datetime: new Date(millis).toISOString(), title: new Date(millis).toUTCString(), "data-ago": millis });
}

// Copies a text; false where the browser does not let us.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without a secure context there is no clipboard but this one.
    const area = el("textarea", { class: "sr", readonly: true, "aria-hidden": "true" });
    area.value = text;
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

// A button that copies, and says so for a moment.
export function copyButton(label, text) {
  const button = el("button", { type: "button", class: "quiet" }, label);
  const told = el("span", { class: "sr", role: "status" });
  button.addEventListener("click", async () => {
    const done = await copy(text());
    button.textContent = done ? "Copied" : "Not copied";
    told.textContent = button.textContent;
    button.focus();
    setTimeout(() => { button.textContent = label; told.textContent = ""; }, 2000);
  });
  return [button, told];
}
