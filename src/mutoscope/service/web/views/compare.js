// @ts-check
/** Compare: before and after of a job, what was done to it, and how to do the same again. */
import { ApiProblem, get } from "../api.js";
import { mediaIn } from "../commands.js";
import { fill, h } from "../element.js";
import "../parts/muto-compare.js";
import { tell } from "../parts/notices.js";
import { texts } from "../texts.js";
import { again, doneTo, MADE, takeAway } from "./compare-told.js";
import { notYet } from "./not-yet.js";

export const styles = ["/web/css/compare.css"];

const told = texts.compare;
/** Kinds of media that can be looked at; models and tables cannot. */
const SEEN = ["video", "picture"];

/**
 * @param {HTMLElement} root
 * @param {import("../app.js").Params} params
 */
export async function render(root, { id, query }) {
  const stop = new AbortController();
  const job = await get(`/api/jobs/${id}`, { signal: stop.signal });
  const results = (job.results ?? []).filter((/** @type {any} */ one) => MADE.includes(one.role));
  if (!results.length) return notYet(root, job, told.title, told.failed);
  const names = await namesOf(job);
  const wanted = results.findIndex((/** @type {any} */ one) => one.id === query.get("film"));
  let shown = Math.max(0, wanted);

  const compare = /** @type {import("../parts/muto-compare.js").Compare} */ (document.createElement("muto-compare"));
  const title = h("h1", null, "");
  const note = h("p", { class: "quiet small" });
  const side = h("div", { class: "compare-told" });
  const choice = h("div", { class: "tabs", role: "group", "aria-label": told.films });

  async function show() {
    const [before, after] = await Promise.all([sourceOf(job, shown), resultIn(results[shown].id)]);
    if (stop.signal.aborted) return;
    const isThere = after && SEEN.includes(after.kind);
    title.textContent = after?.name ?? results[shown].name;
    compare.hidden = !isThere;
    tabs();
    if (!isThere) {
      note.hidden = true;
      return fill(side, instead(job, after));
    }
    note.textContent = before ? "" : told.noSource;
    note.hidden = Boolean(before);
    compare.films = { before, after };
    fill(side, takeAway(job, after), doneTo(after.id, names), await again(job, after, names));
  }

  function tabs() {
    const all = results.length > 1 ? results : [];
    fill(
      choice,
      all.map((/** @type {any} */ one, /** @type {number} */ n) =>
        h(
          "button",
          {
            class: "tab",
            type: "button",
            "aria-pressed": String(n === shown),
            onclick: () => ((shown = n), void show().catch(tell)),
          },
          one.name,
        ),
      ),
    );
  }

  fill(
    root,
    h(
      "div",
      { class: "compare" },
      h("div", { class: "head" }, title, choice, h("span", { class: "grow" }), note),
      compare,
      side,
    ),
  );
  await show();
  return () => stop.abort();
}

/** @param {string} id @returns {Promise<any>} null where it was deleted */
async function resultIn(id) {
  try {
    return await get(`/api/media/${id}`);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return null;
    throw error;
  }
}

/** What is said where nothing can be compared. @param {any} job @param {any} after null where it was deleted */
function instead(job, after) {
  return h(
    "div",
    { class: "plain" },
    h("p", null, after ? told.unseen : texts.watch.gone + "."),
    h("p", { class: "quiet" }, after ? told.unseenText : texts.watch.goneText),
    h(
      "p",
      { class: "row" },
      after
        ? h("a", { class: "button is-main", href: `/watch/${job.id}` }, told.watch)
        : h("a", { class: "button is-main", href: `/make?job=${job.id}` }, told.again),
      h("a", { class: "button", href: "/library" }, texts.nav.library),
    ),
  );
}

/** @param {any} job @param {number} number of the result @returns {Promise<any>} null where it is gone */
async function sourceOf(job, number) {
  const { source, motion, film } = job.request.inputs ?? {};
  const all = [source ?? film ?? motion].flat();
  const id = all[Math.min(number, all.length - 1)];
  if (!id?.startsWith("m_")) return null;
  const media = await get(`/api/media/${id}`).catch(() => null);
  return media?.state === "ready" && SEEN.includes(media.kind) ? media : null;
}

/** Names of all media that a job works with, so that commands name files. @param {any} job */
async function namesOf(job) {
  const inputs = Object.values(job.request.inputs ?? {}).flat();
  const ids = new Set([...inputs, ...mediaIn(job.request)].filter((one) => String(one).startsWith("m_")));
  const found = await Promise.all([...ids].map((one) => get(`/api/media/${one}`).catch(() => null)));
  return new Map(found.filter(Boolean).map((one) => /** @type {[string, string]} */ ([one.id, one.name])));
}
