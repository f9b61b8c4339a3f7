// The explorer: reads the description, makes a form of each operation, runs it, shows what came back and how to
// write the same with curl and Python. Only the public API is used; nothing leaves this server.

import { api, chosen, load, operations } from "/explorer/description.js";
import { el, paragraphs } from "/explorer/dom.js";
import { Operation } from "/explorer/operation.js";

const $ = (id) => document.getElementById(id);

let shown = null;

async function begin() {
  try {
    await load();
  } catch (error) {
    $("operation").replaceChildren(el("p", { class: "complaint", role: "alert" },
      `The description could not be loaded (${error.message}); is the server still running? Reload to try again.`));
    return;
  }
  drawList();
  $("search").addEventListener("input", drawList);
  $("search").addEventListener("keydown", toFirst);
  $("who").addEventListener("submit", (event) => event.preventDefault());
  $("token").addEventListener("change", () => { tellWho(); shown?.update(); });
  addEventListener("hashchange", open);
  addEventListener("keydown", shortcuts);
  open();
  tellWho();
}

function drawList() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const having = (textOf) => operations.filter((one) => {
    const text = textOf(one).toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const named = having((one) => `${one.method} ${one.path} ${one.summary} ${one.id} ${one.tag}`);
  const matching = named.length ? named : having((one) => `${one.summary} ${one.description ?? ""}`);
  const tags = [...new Set([...(api.tags ?? []).map((tag) => tag.name), ...operations.map((one) => one.tag)])];
  const parts = [];
  for (const tag of tags) {
    const own = matching.filter((one) => one.tag === tag);
    if (!own.length) continue;
    const about = (api.tags ?? []).find((one) => one.name === tag)?.description;
    parts.push(el("section", { "aria-label": tag },
      el("h2", {}, tag), about ? el("p", { class: "about" }, about) : null,
      el("ul", {}, ...own.map((one) => el("li", {}, el("a", { href: `#${one.id}`, title: one.path },
        el("span", { class: `method ${one.method}` }, one.method.toUpperCase()), el("span", {}, one.summary)))))));
  }
  $("nouns").replaceChildren(...parts);
  $("count").textContent = words.length
    ? `${matching.length} of ${operations.length} operations` : `${operations.length} operations`;
  markCurrent();
}

function markCurrent() {
  for (const link of document.querySelectorAll(".list a")) {
    const isCurrent = link.hash.slice(1) === chosen().id;
    if (isCurrent) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    if (isCurrent) link.scrollIntoView({ block: "nearest" });
  }
}

function toFirst(event) {
  if (event.key !== "Enter" && event.key !== "ArrowDown") return;
  const first = document.querySelector(".list a");
  if (!first) return;
  event.preventDefault();
  if (event.key === "Enter") location.hash = first.hash;
  else first.focus();
}

function shortcuts(event) {
  const isTyping = ["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement?.tagName);
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    $("search").focus();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) shown?.run();
}

function headersOfToken() {
  const token = $("token").value.trim();
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function tellWho() {
  const me = $("me");
  try {
    const answer = await fetch("/api/me", { headers: headersOfToken() });
    me.className = answer.ok ? "good" : "bad";
    me.textContent = answer.ok ? `you are ${(await answer.json()).name}` : "no valid token";
  } catch {
    me.className = "bad";
    me.textContent = "server not reached";
  }
}

function open() {
  shown?.stop();
  const { id, values } = chosen();
  const one = operations.find((each) => each.id === id);
  markCurrent();
  if (!one) {
    shown = null;
    $("operation").replaceChildren(el("h1", {}, `${api.info.title} ${api.info.version}`),
      el("p", {}, api.info.summary ?? ""), ...paragraphs(api.info.description),
      el("p", { class: "quiet" }, "Choose an operation; / searches, Enter opens the first one that is found."));
    return;
  }
  shown = new Operation(one, headersOfToken);
  $("operation").replaceChildren(...shown.parts());
  shown.fill(values);
  document.title = `${one.summary} · Explorer`;
  scrollTo(0, 0);
  shown.update();
}

begin();
