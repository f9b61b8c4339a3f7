// @ts-check
/** Starts the page and leads through it: one address for each view, back and forward as anywhere else. */
import { connection, get } from "./api.js";
import { fill, h } from "./element.js";
import { lookAtJobs } from "./jobs.js";
import "./parts/muto-nav.js";
import { notice } from "./parts/notices.js";
import { keep, kept } from "./state.js";
import { texts } from "./texts.js";

/** @typedef {{id: string, query: URLSearchParams}} Params */

const VIEWS = ["studio", "make", "watch", "compare", "sort", "corrupt", "shelf", "library", "train", "guidelines"];
const main = /** @type {HTMLElement} */ (document.getElementById("view"));

let cleanup = () => {};
let shown = 0;

/**
 * Go to a view.
 * @param {string} address
 * @param {{replace?: boolean}} [how]
 */
export function go(address, { replace = false } = {}) {
  history.replaceState({ ...history.state, scroll: scrollY }, "");
  if (replace) history.replaceState({}, "", address);
  else history.pushState({}, "", address);
  void show();
}

/** Which view an address belongs to. @param {string} path */
function viewOf(path) {
  const [, first = "", id = ""] = path.split("/");
  return { name: first || "studio", id };
}

async function show() {
  const number = ++shown;
  const { name, id } = viewOf(location.pathname);
  end();
  const root = h("div", { class: `view view-${name}` });
  fill(main, root);
  document.body.dataset.view = name;
  if (connection.value === "locked") return void (await lock(root));
  if (!VIEWS.includes(name)) return missing(root);
  try {
    const module = await fetched(name);
    await Promise.all((module.styles ?? []).map(wear));
    if (number !== shown) return;
    const done = await module.render(root, { id, query: new URLSearchParams(location.search) });
    if (number !== shown) return void done?.();
    cleanup = done ?? cleanup;
    keep("again", null);
    document.title = `${root.querySelector("h1")?.textContent ?? texts.name} · ${texts.name}`;
    scrollTo(0, history.state?.scroll ?? 0);
    if (document.activeElement === document.body || !document.activeElement?.isConnected)
      main.focus({ preventScroll: true });
  } catch (error) {
    if (number !== shown || (error instanceof DOMException && error.name === "AbortError")) return;
    if (/** @type {any} */ (error)?.kind === "token-wanted") return;
    failed(root, error);
  }
}

/** The module of a view. Where it does not arrive, the server is away: it is fetched anew when that is back. */
async function fetched(/** @type {string} */ name) {
  try {
    return await import(`./views/${name}.js`);
  } catch (error) {
    if (!(error instanceof TypeError) || !/fetch|import/i.test(error.message)) throw error;
    await get("/health/ready");
    // A module that failed once may be remembered as failed; a fresh page remembers nothing.
    if (!kept("again", "")) {
      keep("again", name);
      location.reload();
      await new Promise(() => {});
    }
    throw error;
  }
}

/** Have the other views here before they are asked for: then the server may go away. */
async function fetchAll() {
  for (const name of VIEWS) {
    const module = await import(`./views/${name}.js`).catch(() => null);
    (module?.styles ?? []).forEach(wear);
  }
}

function end() {
  try {
    cleanup();
  } catch (error) {
    console.error(error);
  }
  cleanup = () => {};
}

/** A style sheet that only some views need. @param {string} href */
function wear(href) {
  if (document.querySelector(`link[href="${href}"]`)) return null;
  return new Promise((resolve) => {
    document.head.append(h("link", { rel: "stylesheet", href, onload: resolve, onerror: resolve }));
  });
}

/** @param {HTMLElement} root */
async function lock(root) {
  const { render } = await import("./views/lock.js");
  render(root);
}

/** @param {HTMLElement} root */
function missing(root) {
  fill(
    root,
    h(
      "div",
      { class: "plain" },
      h("h1", null, texts.broken.missing),
      h("p", null, texts.broken.missingText),
      h("p", null, h("a", { class: "button is-main", href: "/studio" }, texts.broken.studio)),
    ),
  );
  document.title = `${texts.broken.missing} · ${texts.name}`;
}

/** @param {HTMLElement} root @param {any} error */
function failed(root, error) {
  if (error?.kind === "not-found") return missing(root);
  console.error(error);
  const { title, text, again, studio } = texts.broken;
  const detail = error?.detail && h("p", { class: "quiet" }, error.detail);
  fill(
    root,
    h(
      "div",
      { class: "plain" },
      h("h1", null, title),
      h("p", null, text),
      detail,
      h(
        "p",
        { class: "row" },
        h("button", { class: "button is-main", type: "button", onclick: () => location.reload() }, again),
        h("a", { class: "button", href: "/studio" }, studio),
      ),
    ),
  );
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.getAttribute("href")?.startsWith("#")) return;
  const { name } = viewOf(link.pathname);
  if (!VIEWS.includes(name)) return;
  event.preventDefault();
  if (link.href !== location.href) go(link.pathname + link.search);
});

addEventListener("popstate", () => void show());
history.scrollRestoration = "manual";

let warned = false;
/** @param {unknown} error */
function stumble(error) {
  if (/** @type {any} */ (error)?.name === "ApiProblem" || /** @type {any} */ (error)?.name === "AbortError") return;
  console.error(error);
  if (!warned)
    notice(texts.broken.script, { isBad: true, action: { label: texts.broken.again, run: () => location.reload() } });
  warned = true; // once is enough
}
addEventListener("error", (event) => event.error && stumble(event.error));
addEventListener("unhandledrejection", (event) => stumble(event.reason));

// A film that is dropped beside a place for it must not make the browser leave the page.
for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());

/** @type {any} */ (window).mutoscopeStarted = true;
document.getElementById("broken")?.setAttribute("hidden", "");
void show();
connection.watch((state) => {
  if (state === "locked") void show();
});
void lookAtJobs();
(window.requestIdleCallback ?? setTimeout)(() => setTimeout(fetchAll, 1500));
