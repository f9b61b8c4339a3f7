// @ts-check
/** Compare: before and after of a job, what was done to it, and how to do the same again. */
import { get } from "../api.js";
import { commandOf, mediaIn, quoted, recipeText, resultName } from "../commands.js";
import { fill, h, icon } from "../element.js";
import { money, span } from "../format.js";
import { fileOf } from "../media.js";
import "../parts/muto-compare.js";
import { copyable } from "../parts/copyable.js";
import { texts } from "../texts.js";
import { notYet } from "./not-yet.js";

export const styles = ["/web/css/compare.css"];

const told = texts.compare;
const MADE = ["result", "preview"];

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
    const [before, after] = await Promise.all([sourceOf(job, shown), get(`/api/media/${results[shown].id}`)]);
    if (stop.signal.aborted) return;
    title.textContent = after.name;
    note.textContent = before ? "" : told.noSource;
    note.hidden = Boolean(before);
    fill(
      choice,
      results.length > 1 &&
        results.map((/** @type {any} */ one, /** @type {number} */ n) =>
          h(
            "button",
            {
              class: "tab",
              type: "button",
              "aria-pressed": String(n === shown),
              onclick: () => ((shown = n), void show()),
            },
            one.name,
          ),
        ),
    );
    compare.films = { before, after };
    fill(side, takeAway(job, after), doneTo(after.id, names), await again(job, after, names));
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

/** @param {any} job @param {number} number of the result @returns {Promise<any>} null where it is gone */
async function sourceOf(job, number) {
  const { source, motion, film } = job.request.inputs ?? {};
  const all = [source ?? film ?? motion].flat();
  const id = all[Math.min(number, all.length - 1)];
  if (!id?.startsWith("m_")) return null;
  const media = await get(`/api/media/${id}`).catch(() => null);
  return media?.state === "ready" && ["video", "picture"].includes(media.kind) ? media : null;
}

/** Names of all media that a job works with, so that commands name files. @param {any} job */
async function namesOf(job) {
  const inputs = Object.values(job.request.inputs ?? {}).flat();
  const ids = new Set([...inputs, ...mediaIn(job.request)].filter((one) => String(one).startsWith("m_")));
  const found = await Promise.all([...ids].map((one) => get(`/api/media/${one}`).catch(() => null)));
  return new Map(found.filter(Boolean).map((one) => /** @type {[string, string]} */ ([one.id, one.name])));
}

/** @param {any} job @param {any} media */
function takeAway(job, media) {
  const files = job.results ?? [];
  const manifest = files.find((/** @type {any} */ one) => one.role === "manifest");
  const others = files.filter(
    (/** @type {any} */ one) => one.id !== media.id && one !== manifest && !MADE.includes(one.role),
  );
  const seconds = (Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000;
  const facts = [
    job.told?.frames && [told.frames, String(job.told.frames)],
    Number.isFinite(seconds) && [told.took, span(seconds)],
    job.cost && [told.cost, money(job.cost)],
  ].filter(Boolean);
  return h(
    "section",
    { class: "panel" },
    h("h2", null, told.get),
    h(
      "div",
      { class: "row" },
      h(
        "a",
        { class: "button is-main", href: fileOf(media.id), download: media.name },
        icon("download"),
        texts.common.download,
      ),
      manifest && h("a", { class: "button", href: fileOf(manifest.id), download: manifest.name }, told.manifest),
      job.kind === "corrupt" && h("a", { class: "button is-plain", href: `/corrupt/${job.id}` }, told.corrupt),
    ),
    others.length > 0 &&
      h(
        "details",
        { class: "more-files" },
        h("summary", null, told.other),
        h(
          "ul",
          { class: "files" },
          others.map((/** @type {any} */ one) =>
            h("li", null, h("a", { href: fileOf(one.id), download: one.name }, one.name)),
          ),
        ),
      ),
    facts.length > 0 &&
      h(
        "dl",
        { class: "facts numbers" },
        facts.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]).flat(),
      ),
  );
}

/** @param {string} media @param {Map<string, string>} names */
function doneTo(media, names) {
  // The history knows media by their ids, as the server keeps them; people know them by their names.
  const plain = (/** @type {string} */ line) =>
    line.replace(/\b(m_[0-9A-Za-z]{22})(\.\w+)?/g, (all, id) => names.get(id) ?? all);
  const section = h("section", { class: "panel" }, h("h2", null, told.done));
  const place = h("div", { class: "history" }, h("p", { class: "quiet" }, texts.common.loading));
  section.append(place);
  // It is read in a closed process of the server, which takes its time; the page does not wait for it.
  get(`/api/provenance/${media}`).then(
    (history) =>
      fill(
        place,
        h(
          "p",
          { class: history.is_valid ? "state is-good" : "state is-bad" },
          icon(history.is_valid ? "check" : "warn"),
          /** @type {any} */ (told.states)[history.state],
        ),
        h(
          "ul",
          { class: "history-lines" },
          history.lines.map((/** @type {string} */ line) => h("li", null, plain(line))),
        ),
        history.generations.length > 1 && generations(history.generations, plain),
      ),
    () => fill(place, h("p", { class: "quiet" }, told.noHistory)),
  );
  return section;
}

/** @param {any[]} all @param {(line: string) => string} plain */
function generations(all, plain) {
  return h(
    "details",
    null,
    h("summary", null, told.generations(all.length)),
    h(
      "ol",
      { class: "history-generations" },
      all.map((one) =>
        h(
          "li",
          null,
          h("strong", null, plain(one.name)),
          h(
            "ul",
            null,
            one.lines.map((/** @type {string} */ line) => h("li", null, plain(line))),
          ),
        ),
      ),
    ),
  );
}

/** @param {any} job @param {any} media @param {Map<string, string>} names */
async function again(job, media, names) {
  const manifest = await get(`/api/jobs/${job.id}/manifest`).catch(() => null);
  for (const id of mediaIn(manifest?.recipe)) if (!names.has(id)) names.set(id, id);
  const source = [job.request.inputs?.source].flat()[0];
  const clip = names.get(source) ?? "clip.mp4";
  const command = commandOf(job.request, names);
  const recipe = manifest?.recipe && recipeText(manifest.recipe, names);
  const isSigned = /\.(mp4|mov|png|jpe?g|webp|gif)$/i.test(media.name);
  const out = quoted(resultName(clip, job.request));
  return h(
    "section",
    { class: "panel" },
    h("h2", null, told.repeat),
    command && copyable(told.command, command),
    recipe ? copyable(told.recipe, recipe, { isTall: true }) : h("p", { class: "quiet" }, told.noRecipe),
    recipe && copyable(told.recipeUse, `mutoscope run recipe.json ${quoted(clip)} ${out}`),
    recipe && isSigned && copyable(told.fromFilm, `mutoscope run --from ${quoted(media.name)} ${quoted(clip)} ${out}`),
    h("p", null, h("a", { class: "button", href: `/make?job=${job.id}` }, told.again)),
  );
}
