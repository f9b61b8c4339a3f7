// @ts-check
/** The pictures of one layer: each is drawn over the frame that the agents saw, and says below what its colours mean. */
import { h } from "../element.js";
import { texts } from "../texts.js";
import { drawAttention, drawPaths, drawPolicy, drawRewards, fit, hueOf } from "./corrupt-fields.js";

const told = texts.corrupt;
/** Seconds for a whole walk, and how long agents rest where they have arrived. */
const WALK_S = 4;
const REST_S = 1.6;

/** A colour in a legend. @param {number} n */
export function dot(n) {
  const made = h("span", { class: "corrupt-dot" });
  made.style.background = hueOf(n);
  return made;
}

/** From nothing to much, as a scale of colours. @param {string} name @param {string} least @param {string} most */
const scale = (name, least, most) =>
  h("p", { class: "corrupt-legend small quiet" }, least, h("span", { class: `corrupt-scale is-${name}` }), most);

/**
 * A canvas over the frame, drawn anew with its size.
 * @param {{title: string, text: string, frame: string | null, name?: string}} what
 * @param {(canvas: HTMLCanvasElement) => void} draw
 * @param {...any} more what stands below
 */
function panel({ title, text, frame, name = "" }, draw, ...more) {
  const canvas = /** @type {HTMLCanvasElement} */ (h("canvas", { role: "img", "aria-label": `${title}: ${text}` }));
  new ResizeObserver(() => {
    fit(canvas);
    draw(canvas);
  }).observe(canvas);
  return h(
    "figure",
    { class: `corrupt-panel ${name}` },
    h("figcaption", null, h("h3", null, title), h("p", { class: "quiet small" }, text)),
    h("div", { class: "corrupt-frame" }, frame && h("img", { src: frame, alt: "", loading: "lazy" }), canvas),
    h("div", { class: "corrupt-foot" }, more),
  );
}

/** @param {import("./corrupt-fields.js").Field} field @param {string | null} frame */
export function attention(field, frame) {
  return panel(
    { title: told.attention, text: told.attentionText, frame },
    (canvas) => drawAttention(canvas, field),
    scale("attention", told.looksAway, told.looks),
  );
}

/** What a step pays, for one manipulation after the other. @param {Record<string, any>} all @param {string | null} frame */
export function rewards(all, frame) {
  const names = Object.keys(all);
  let shown = names[0];
  const buttons = names.map((name, n) =>
    h("button", { class: "tab", type: "button", onclick: () => choose(name) }, dot(n), name),
  );
  const figure = panel(
    { title: told.rewards, text: told.rewardsText(shown), frame, name: "is-grey" },
    (canvas) => drawRewards(canvas, all[shown]),
    scale("rewards", told.paysLeast, told.paysMost),
    names.length > 1 && h("div", { class: "tabs", role: "group", "aria-label": told.does }, buttons),
  );
  const canvas = /** @type {HTMLCanvasElement} */ (figure.querySelector("canvas"));
  /** @param {string} name */
  function choose(name) {
    shown = name;
    buttons.forEach((one, n) => one.setAttribute("aria-pressed", String(names[n] === name)));
    const text = figure.querySelector("figcaption p");
    if (text) text.textContent = told.rewardsText(name);
    canvas.setAttribute("aria-label", `${told.rewards}: ${told.rewardsText(name)}`);
    drawRewards(canvas, all[name]);
  }
  buttons.forEach((one, n) => one.setAttribute("aria-pressed", String(n === 0)));
  return figure;
}

/** @param {number} share */
const percent = (share) => (share > 0 && share < 0.01 ? "< 1 %" : `${Math.round(100 * share)} %`);

/**
 * The best step of each cell, and the share of the cells that each manipulation has got.
 * @param {import("./corrupt-fields.js").Field} field
 * @param {string[]} names of the manipulations
 * @param {string | null} frame
 */
export function policy(field, names, frame) {
  const counts = names.map((_name, n) => field.values.filter((action) => action >> 2 === n).length / field.values.length);
  const legend = h(
    "ul",
    { class: "corrupt-legend small" },
    names.map((name, n) =>
      h("li", null, dot(n), name, h("span", { class: "quiet numbers" }, percent(counts[n]))),
    ),
  );
  return panel({ title: told.policy, text: told.policyText, frame }, (canvas) => drawPolicy(canvas, field), legend);
}

/** @param {import("./corrupt-fields.js").Path[]} paths @param {string | null} frame @param {AbortSignal} signal */
export function walk(paths, frame, signal) {
  let isWalking = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  let isSeen = false;
  let isGoing = false;
  let share = 1;
  let last = 0;
  let gone = 0;
  const moved = paths.filter((path) => path.length > 1).length;
  const button = h("button", { class: "button is-plain is-small", type: "button", onclick: () => set(!isWalking) });
  const legend = h(
    "p",
    { class: "corrupt-legend small quiet" },
    h("span", { class: "corrupt-start" }),
    told.from,
    h("span", { class: "corrupt-end" }),
    told.to,
    h("span", { class: "grow" }),
    button,
  );
  const figure = panel(
    { title: told.paths, text: told.pathsText(paths.length, moved), frame },
    (canvas) => drawPaths(canvas, paths, share),
    legend,
  );
  const canvas = /** @type {HTMLCanvasElement} */ (figure.querySelector("canvas"));
  /** @param {number} now ms */
  function step(now) {
    isGoing = isWalking && isSeen && !signal.aborted;
    if (!isGoing) return;
    gone += Math.min(50, now - last) / 1000;
    last = now;
    share = Math.min(1, (gone % (WALK_S + REST_S)) / WALK_S);
    drawPaths(canvas, paths, share);
    requestAnimationFrame(step);
  }
  function start() {
    if (isGoing || !isWalking || !isSeen) return;
    isGoing = true;
    requestAnimationFrame((now) => ((last = now), step(now)));
  }
  /** @param {boolean} wanted */
  function set(wanted) {
    isWalking = wanted;
    button.textContent = wanted ? told.still : told.walk;
    if (wanted) start();
    else drawPaths(canvas, paths, (share = 1));
  }
  // Only those walk that are seen: with eight layers the others would cost as much.
  const watcher = new IntersectionObserver((all) => {
    isSeen = all[all.length - 1].isIntersecting;
    start();
  });
  watcher.observe(canvas);
  signal.addEventListener("abort", () => watcher.disconnect());
  set(isWalking);
  return figure;
}
