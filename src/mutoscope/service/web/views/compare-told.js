// @ts-check
/** What stands below a comparison: files to take along, what was done, and how to do the same again. */
import { get } from "../api.js";
import { commandOf, mediaIn, nextName, quoted, recipeText, resultName } from "../commands.js";
import { fill, h, icon } from "../element.js";
import { money, span } from "../format.js";
import { fileOf } from "../media.js";
import { copyable } from "../parts/copyable.js";
import { texts } from "../texts.js";

const told = texts.compare;
/** Roles of files that are looked at. */
export const MADE = ["result", "preview"];

/** @param {any} job @param {any} media */
export function takeAway(job, media) {
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
export function doneTo(media, names) {
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
export async function again(job, media, names) {
  const manifest = await get(`/api/jobs/${job.id}/manifest`).catch(() => null);
  for (const id of mediaIn(manifest?.recipe)) if (!names.has(id)) names.set(id, id);
  const source = [job.request.inputs?.source].flat()[0];
  const clip = names.get(source) ?? "clip.mp4";
  const command = commandOf(job.request, names);
  const recipe = manifest?.recipe && recipeText(manifest.recipe, names);
  const isSigned = /\.(mp4|mov|png|jpe?g|webp|gif)$/i.test(media.name);
  const out = quoted(resultName(clip, job.request));
  // The film that tells how must not be overwritten by the film that it tells of.
  const other = quoted(nextName(media.name));
  return h(
    "section",
    { class: "panel" },
    h("h2", null, told.repeat),
    command && copyable(told.command, command),
    recipe ? copyable(told.recipe, recipe, { isTall: true }) : h("p", { class: "quiet" }, told.noRecipe),
    recipe && copyable(told.recipeUse, `mutoscope run recipe.json ${quoted(clip)} ${out}`),
    recipe && isSigned && copyable(told.fromFilm, `mutoscope run --from ${quoted(media.name)} ${quoted(clip)} ${other}`),
    h("p", null, h("a", { class: "button", href: `/make?job=${job.id}` }, told.again)),
  );
}
