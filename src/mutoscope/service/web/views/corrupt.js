// @ts-check
/** Corrupt: what the network looked at, what agents were paid for, where they went, how they learned. */
import { go } from "../app.js";
import { get, submit } from "../api.js";
import { fill, h, icon } from "../element.js";
import { fraction } from "../format.js";
import { fileOf, inlineOf } from "../media.js";
import { curve } from "../parts/muto-curve.js";
import { tell } from "../parts/notices.js";
import { texts } from "../texts.js";
import { drawAttention, drawPaths, drawPolicy, drawRewards, hueOf } from "./corrupt-fields.js";
import { learningOf } from "./corrupt-learning.js";
import { notYet } from "./not-yet.js";

export const styles = ["/web/vendor/uplot.min.css", "/web/css/curve.css", "/web/css/compare.css", "/web/css/corrupt.css"];

const told = texts.corrupt;
const WALK_S = 4;

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
  const frame = frameOf(source, report.seconds);
  const layers = report.layers.map((/** @type {any} */ layer, /** @type {number} */ n) =>
    layerOf(layer, n, {
      frame,
      ratio: source ? source.info.width / source.info.height : 16 / 9,
      file: results.find((/** @type {any} */ one) => one.name === `layer-${n + 1}-returns.csv`),
      signal,
    }));
  fill(root,
    h("div", { class: "head" }, h("h1", null, told.title),
      report.seconds !== undefined && h("span", { class: "quiet numbers" }, told.at(`${report.seconds.toFixed(2)} s`)), h("span", { class: "grow" }),
      h("a", { class: "button", href: `/compare/${id}` }, told.compare)),
    h("p", { class: "quiet" }, told.lead),
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
  if (source.kind === "picture") return `/api/media/${source.id}/poster`;
  const number = Math.round((seconds ?? 0) * (fraction(source.info?.frame_rate) ?? 25));
  const kept = Math.min(number, (source.info?.num_frames ?? number + 1) - 1);
  return `/api/media/${source.id}/frames/${kept}?format=jpg&size=640`;
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
  const facts = [told.cells(columns, rows), layer.class && told.sees(layer.class)].filter(Boolean);
  const seen = layer.seen;
  const legend = h("ul", { class: "corrupt-does small" }, layer.manipulations.map((/** @type {string} */ name, /** @type {number} */ at) =>
    h("li", null, dot(at), name)));
  void learn(learning, layer, file).catch((error) => !signal.aborted && tell(error));
  const section = h("section", { class: "corrupt-layer" },
    h("div", { class: "head" }, h("h2", null, told.layer(n + 1)), h("span", { class: "quiet small" }, facts.join(" · ")), h("span", { class: "grow" }), legend),
    h("div", { class: "corrupt-pictures" },
      seen && [
        panel(told.attention, told.attentionText, frame, (canvas) => drawAttention(canvas, seen.attention)),
        rewards(seen.rewards),
        panel(told.policy, told.policyText, frame, (canvas) => drawPolicy(canvas, seen.policy)),
        walk(seen.paths, frame, signal),
      ],
      h("figure", { class: "corrupt-panel is-learning" }, h("figcaption", null, h("h3", null, told.learning),
        h("p", { class: "quiet small" }, layer.episodes ? told.returns(layer.episodes) : told.solved)),
      learning, h("p", { class: "small" }, `${told.regret} ${layer.regret.toFixed(3)}. `, h("span", { class: "quiet" }, told.regretText)))));
  section.style.setProperty("--ratio", String(ratio));
  return section;
}

/** @param {number} n */
function dot(n) {
  const made = h("span", { class: "corrupt-dot" });
  made.style.background = hueOf(n);
  return made;
}

/**
 * A canvas over the frame, drawn anew with its size.
 * @param {string} title
 * @param {string} text
 * @param {string | null} frame
 * @param {(canvas: HTMLCanvasElement) => void} draw
 * @param {...(Node | null)} more
 */
function panel(title, text, frame, draw, ...more) {
  const canvas = /** @type {HTMLCanvasElement} */ (h("canvas", { role: "img", "aria-label": `${title}: ${text}` }));
  new ResizeObserver(() => draw(canvas)).observe(canvas);
  return h("figure", { class: "corrupt-panel" },
    h("figcaption", null, h("h3", null, title), h("p", { class: "quiet small" }, text)),
    h("div", { class: "corrupt-frame" }, frame && h("img", { src: frame, alt: "" }), canvas), more);
}

/** What a step pays, for one manipulation after the other. @param {Record<string, any>} all */
function rewards(all) {
  const names = Object.keys(all);
  let shown = names[0];
  const figure = panel(told.rewards, told.rewardsText(shown), null, (canvas) => drawRewards(canvas, all[shown]));
  if (names.length < 2) return figure;
  const buttons = names.map((name, n) => h("button", { class: "tab", type: "button", onclick: () => choose(name) }, dot(n), name));
  /** @param {string} name */
  function choose(name) {
    shown = name;
    buttons.forEach((one, n) => one.setAttribute("aria-pressed", String(names[n] === name)));
    const text = figure.querySelector("p");
    if (text) text.textContent = told.rewardsText(name);
    drawRewards(/** @type {HTMLCanvasElement} */ (figure.querySelector("canvas")), all[name]);
  }
  figure.append(h("div", { class: "tabs", role: "group", "aria-label": told.does }, buttons));
  buttons.forEach((one, n) => one.setAttribute("aria-pressed", String(n === 0)));
  return figure;
}

/** @param {import("./corrupt-fields.js").Path[]} paths @param {string | null} frame @param {AbortSignal} signal */
function walk(paths, frame, signal) {
  let isWalking = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  let share = 1;
  const button = h("button", { class: "button is-plain", type: "button", onclick: () => set(!isWalking) });
  const figure = panel(told.paths, told.pathsText(paths.length), frame, (canvas) => drawPaths(canvas, paths, share), button);
  const canvas = /** @type {HTMLCanvasElement} */ (figure.querySelector("canvas"));
  let last = 0;
  let gone = 0;
  /** @param {number} now ms */
  function step(now) {
    if (!isWalking || signal.aborted) return;
    gone += Math.min(50, now - last) / 1000;
    last = now;
    // They rest for a moment where they have arrived.
    share = Math.min(1, (gone % (WALK_S * 1.4)) / WALK_S);
    drawPaths(canvas, paths, share);
    requestAnimationFrame(step);
  }
  /** @param {boolean} wanted */
  function set(wanted) {
    isWalking = wanted;
    button.textContent = wanted ? told.still : told.walk;
    if (wanted) requestAnimationFrame((now) => ((last = now), step(now)));
    else drawPaths(canvas, paths, (share = 1));
  }
  set(isWalking);
  return figure;
}

/** @param {HTMLElement} place @param {any} layer @param {any} file */
async function learn(place, layer, file) {
  const found = await learningOf(layer, file);
  if (!found) return void (place.hidden = true);
  place.append(curve({
    label: `${told.learning}: ${told.returns(layer.episodes)}`,
    x: found.episode,
    band: "--line",
    lines: [
      { name: "least", values: found.least, colour: "--line", width: 0.5 },
      { name: "most", values: found.most, colour: "--line", width: 0.5 },
      { name: "mean", values: found.mean, colour: "--accent", width: 2 },
    ],
  }));
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
