// Shows what came back: status, headers, and a body as what it is: JSON, text, picture, film, or events as they come.

import { hrefOf } from "/explorer/description.js";
import { el } from "/explorer/dom.js";

const MOST_SHOWN = 200_000;
const MOST_EVENTS = 500;
let address = null;

/** Draw an answer into a place; ends when its body has ended. */
export async function showAnswer(place, answer, milliseconds) {
  if (address) URL.revokeObjectURL(address);
  address = null;
  const type = (answer.headers.get("Content-Type") ?? "").split(";")[0];
  const status = el("p", { class: "status" },
    el("strong", { class: answer.status < 400 ? "good" : "bad" }, `${answer.status} ${answer.statusText}`),
    el("span", { class: "quiet" }, `${milliseconds.toFixed(0)} ms`), el("span", { class: "quiet" }, type));
  const headers = el("details", {}, el("summary", {}, "Headers"),
    el("pre", { tabindex: "0" }, [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n")));
  const body = el("div", {});
  const leads = answer.headers.get("Location") ? hrefOf(answer.headers.get("Location")) : null;
  const next = leads ? el("p", {}, "Location leads to: ", el("a", { href: leads.href }, leads.summary)) : "";
  place.replaceChildren(el("h2", {}, "Answer"), status, next, headers, body);
  place.scrollIntoView({ block: "nearest" });
  if (type === "text/event-stream") {
    await showEvents(body, answer);
    return;
  }
  const blob = await answer.blob();
  status.append(el("span", { class: "quiet" }, sizeOf(blob.size)));
  body.replaceChildren(...(await shownAs(blob, type)));
}

async function shownAs(blob, type) {
  if (!blob.size) return [el("p", { class: "quiet" }, "The body is empty.")];
  if (type.includes("json")) {
    const text = await blob.text();
    return [shortened(pretty(text))];
  }
  if (type.startsWith("text/")) return [shortened(await blob.text())];
  address = URL.createObjectURL(blob);
  if (type.startsWith("image/")) return [el("img", { src: address, alt: "The picture that came back" })];
  if (type.startsWith("video/")) return [el("video", { src: address, controls: true })];
  if (type.startsWith("audio/")) return [el("audio", { src: address, controls: true })];
  return [el("p", {}, el("a", { href: address, download: "answer" }, `Save the file (${sizeOf(blob.size)})`))];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function shortened(text) {
  const rest = text.length - MOST_SHOWN;
  return el("pre", { tabindex: "0" }, rest > 0 ? `${text.slice(0, MOST_SHOWN)}\n… ${rest} more characters` : text);
}

function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

async function showEvents(place, answer) {
  const count = el("p", { class: "quiet", role: "status" }, "waiting for events …");
  const list = el("div", { class: "events", tabindex: "0", "aria-label": "Events" });
  place.replaceChildren(count, list);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let number = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    rest = (rest + value).replaceAll("\r\n", "\n");
    const whole = rest.split("\n\n");
    rest = whole.pop();
    for (const event of whole) {
      if (!/^(data|event):/m.test(event)) continue; // a sign of life, or how soon to come again
      number += 1;
      list.append(el("pre", {}, event));
      if (list.childElementCount > MOST_EVENTS) list.firstElementChild.remove();
      list.scrollTop = list.scrollHeight;
    }
    count.textContent = `${number} events so far`;
  }
  count.textContent = `${number} events; the stream has ended.`;
}
