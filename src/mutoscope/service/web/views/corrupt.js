// @ts-check
/** Corrupt: what the network looked at, what agents were paid for, where they went, how they learned. */
import { go } from "../app.js";
import { get, submit } from "../api.js";
import { fill, h, icon } from "../element.js";
import { fraction, shapeOf } from "../format.js";
import { fileOf, inlineOf } from "../media.js";
import { curve } from "../parts/muto-curve.js";
import { tell } from "../parts/notices.js";
import { texts } from "../texts.js";
import { learningOf } from "./corrupt-learning.js";
import { attention, policy, rewards, walk } from "./corrupt-panels.js";
import { notYet } from "./not-yet.js";

export const styles = ["/web/vendor/uplot.min.css", "/web/css/curve.css", "/web/css/compare.css", "/web/css/corrupt.css"];

const told = texts.corrupt;

/**
 * @param {HTMLElement} root
 * @param {import("../app.js").Params} params
 */
export async function render(root, { id }) {
  const stop = new AbortController();
  const { signal } = stop;
  const job = await get(`/api/jobs/${id}`, { signal });
  if (!["done", "partial"].includes(job.state)) return notYet(root, job, told.title, "");
  const { results } = await get(`/api/jobs/${id}/results`, { signal });
  const file = results.find((/** @type {any} */ one) => one.name === "report.json");
  if (!file) return without(root, job);
  const [report, source] = await Promise.all([
    get(fileOf(file.id), { signal }),
    get(`/api/media/${job.request.inputs.source}`, { signal }).catch(() => null),
  ]);
  const sheet = results.find((/** @type {any} */ one) => one.name === "report.png");
  const result = results.find((/** @type {any} */ one) => one.role === "result");
  const made = result && (await get(`/api/media/${result.id}`, { signal }).catch(() => null));
  const frame = frameOf(source, report.seconds);
  const ratio = shapeOf(source?.info);
  const layers = report.layers.map((/** @type {any} */ layer, /** @type {number} */ n) =>
    layerOf(layer, n, {
      frame,
      ratio,
      file: results.find((/** @type {any} */ one) => one.name === `layer-${n + 1}-returns.csv`),
      signal,
    }));
  fill(root,
    h("div", { class: "head" }, h("h1", null, told.title),
      h("span", { class: "grow" }),
      h("a", { class: "button", href: `/compare/${id}` }, told.compare)),
    h("p", { class: "quiet" }, told.lead),
    moment(source, made, report.seconds, { ratio, isLate: String(job.request.parameters?.preset).startsWith("srinivas") }),
    jumps(layers),
    layers,
    sheet && h("details", { class: "corrupt-sheet", open: !report.layers.some((/** @type {any} */ one) => one.seen) },
      h("summary", null, told.sheet),
      h("a", { href: inlineOf(sheet.id), target: "_blank" }, h("img", { src: inlineOf(sheet.id), alt: told.sheet, loading: "lazy" })),
      h("p", null, h("a", { class: "button", href: fileOf(sheet.id), download: sheet.name }, icon("download"), texts.common.download))));
  return () => stop.abort();
}

/** @param {any} source @param {number | undefined} seconds @returns {string | null} address of the frame that is shown */
function frameOf(source, seconds) {
  if (!source) return null;
  if (source.kind === "picture") return inlineOf(source.id);
  const number = Math.round((seconds ?? 0) * (fraction(source.info?.frame_rate) ?? 25));
  const kept = Math.min(number, (source.info?.num_frames ?? number + 1) - 1);
  return `/api/media/${source.id}/frames/${kept}?format=jpg&size=1280`;
}

/**
 * The moment that is looked at, before and after; and the end, for some layers live only there.
 * @param {any} source
 * @param {any} made the result, null where it was deleted
 * @param {number | undefined} seconds
 * @param {{ratio: number, isLate: boolean}} how  `isLate`: most layers live only in the last frames, so the end is shown
 */
function moment(source, made, seconds, { ratio, isLate }) {
  if (!source || !made) return null;
  // What it became has as many frames as what it came from.
  const result = { ...source, id: made.id };
  const end = (source.info.num_frames ?? 1) / (fraction(source.info.frame_rate) ?? 25);
  const [before, after] = [told.saw, told.became].map((label) => h("img", { alt: label }));
  const side = (/** @type {HTMLElement} */ image, /** @type {string} */ label) =>
    h("figure", { class: "corrupt-frame" }, image, h("figcaption", { class: "compare-name" }, label));
  const choices = [[told.at(`${(seconds ?? 0).toFixed(2)} s`), seconds ?? 0], [told.atEnd, end]];
  const buttons = choices.map(([label], n) =>
    h("button", { class: "tab", type: "button", onclick: () => show(n) }, label));
  /** @param {number} chosen */
  function show(chosen) {
    buttons.forEach((one, n) => one.setAttribute("aria-pressed", String(n === chosen)));
    before.setAttribute("src", frameOf(source, Number(choices[chosen][1])) ?? "");
    after.setAttribute("src", frameOf(result, Number(choices[chosen][1])) ?? "");
  }
  const isFilm = source.kind === "video";
  show(isFilm && isLate ? 1 : 0);
  const pair = h("section", { class: "corrupt-moment" }, side(before, told.saw), side(after, told.became),
    isFilm && h("div", { class: "tabs", role: "group", "aria-label": told.moment }, buttons));
  pair.style.setProperty("--ratio", String(ratio));
  return pair;
}

/** Leads to one of many layers. @param {HTMLElement[]} layers */
function jumps(layers) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return layers.length > 2 && h("nav", { class: "tabs", "aria-label": told.layers },
    layers.map((one, n) => h("button", { class: "tab", type: "button",
      onclick: () => one.scrollIntoView({ behavior: calm ? "auto" : "smooth" }) }, told.layer(n + 1))));
}

/**
 * One layer: four pictures and a curve.
 * @param {any} layer
 * @param {number} n
 * @param {{frame: string | null, ratio: number, file: any, signal: AbortSignal}} known
 */
function layerOf(layer, n, { frame, ratio, file, signal }) {
  const [rows, columns] = layer.cells_on_picture;
  const learning = h("div", { class: "corrupt-learning" });
  const facts = [layer.manipulations.join(", "), told.cells(columns, rows), layer.class && told.sees(layer.class)].filter(Boolean);
  const seen = layer.seen;
  void learn(learning, layer, file).catch((error) => !signal.aborted && tell(error));
  const section = h("section", { class: "corrupt-layer" },
    h("div", { class: "head" }, h("h2", null, told.layer(n + 1)), h("span", { class: "quiet small" }, facts.join(" · "))),
    h("div", { class: "corrupt-pictures" },
      seen && [attention(seen.attention, frame), rewards(seen.rewards, frame),
        policy(seen.policy, layer.manipulations, frame), walk(seen.paths, frame, signal)],
      h("figure", { class: "corrupt-panel is-learning" }, h("figcaption", null, h("h3", null, told.learning),
        h("p", { class: "quiet small" }, layer.episodes ? told.returns(layer.episodes) : told.solved)),
      learning, h("p", { class: "small" }, `${told.regret} ${layer.regret.toFixed(3)}. `, h("span", { class: "quiet" }, told.regretText)))));
  section.style.setProperty("--ratio", String(ratio));
  return section;
}

/** @param {HTMLElement} place @param {any} layer @param {any} file */
async function learn(place, layer, file) {
  const found = await learningOf(layer, file);
  if (!found) return void (place.hidden = true);
  place.append(curve({
    label: `${told.learning}: ${told.returns(layer.episodes)}`,
    x: found.episode,
    band: "--line",
    xLabel: told.episode,
    yLabel: told.return,
    lines: [
      { name: "least", values: found.least, colour: "--line", width: 0.5 },
      { name: "most", values: found.most, colour: "--line", width: 0.5 },
      { name: "mean", values: found.mean, colour: "--accent", width: 2 },
    ],
  }),
  h("p", { class: "corrupt-legend small quiet" },
    h("span", { class: "corrupt-line" }), told.mean, h("span", { class: "corrupt-line is-band" }), told.spread));
}

/** @param {HTMLElement} root @param {any} job */
function without(root, job) {
  const make = async () => {
    try {
      const { kind, inputs, parameters } = job.request;
      const begun = await submit({ kind, inputs, parameters: { ...parameters, report: true } });
      go(`/watch/${begun.id}`);
    } catch (error) {
      tell(error);
    }
  };
  fill(root, h("div", { class: "plain" },
    h("h1", null, told.title), h("p", null, told.none),
    job.kind === "corrupt" && h("p", { class: "quiet" }, told.noneText),
    h("p", { class: "row" },
      job.kind === "corrupt" && h("button", { class: "button is-main", type: "button", onclick: () => void make() }, told.make),
      h("a", { class: "button", href: `/compare/${job.id}` }, told.compare))));
}
