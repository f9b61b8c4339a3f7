// @ts-check
/**
 * `<muto-strip>`: a clip as a strip: its stretches by what becomes of them, and above them what is wrong, as heat.
 *
 * Keep, unsure and reject differ in height as well as in colour. Set `data`; `at` moves the playhead. With the
 * attribute `seekable` it is a slider over time and fires `seek` with seconds.
 */
import { h } from "../element.js";
import { length } from "../format.js";

/** @typedef {{start_s: number, end_s: number, verdict: string, isOwn?: boolean}} Stretch  `isOwn`: a person said so */
/** @typedef {{seconds: number[], values: (number | null)[]}} Heat  0: all is well, 1: it is not */
/** @typedef {{duration: number, stretches: Stretch[], heat?: Heat[], chosen?: number, label: string}} Data */

const TALL = /** @type {Record<string, number>} */ ({ keep: 1, unsure: 0.62, reject: 0.3 });
const HEAT_PX = 3;
const STEP_S = 1;

export class Strip extends HTMLElement {
  constructor() {
    super();
    this.at_ = Number.NaN;
    this.addEventListener("pointerdown", (event) => this.point(event));
    this.addEventListener("pointermove", (event) => event.buttons === 1 && this.point(event));
    this.addEventListener("keydown", (event) => this.press(event));
  }

  connectedCallback() {
    this.canvas ??= /** @type {HTMLCanvasElement} */ (this.appendChild(h("canvas", null)));
    this.head ??= this.appendChild(h("div", { class: "strip-at", hidden: true }));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this);
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    this.themes?.disconnect();
  }

  /** @param {Data} data */
  set data(data) {
    this.data_ = data;
    const isSlider = this.hasAttribute("seekable");
    this.setAttribute("role", isSlider ? "slider" : "img");
    this.setAttribute("aria-label", data.label);
    if (isSlider) {
      this.tabIndex = 0;
      this.setAttribute("aria-valuemin", "0");
      this.setAttribute("aria-valuemax", data.duration.toFixed(2));
      this.at = Number.isNaN(this.at_) ? 0 : this.at_;
    }
    this.draw();
  }

  /** Where the film stands, s; NaN: it does not. @param {number} seconds */
  set at(seconds) {
    this.at_ = seconds;
    if (!this.head || !this.data_) return;
    this.head.hidden = Number.isNaN(seconds);
    this.head.style.transform = `translateX(${(seconds / this.data_.duration) * this.clientWidth || 0}px)`;
    if (!this.hasAttribute("seekable") || Number.isNaN(seconds)) return;
    this.setAttribute("aria-valuenow", seconds.toFixed(2));
    this.setAttribute("aria-valuetext", length(seconds));
  }

  /** @param {PointerEvent} event */
  point(event) {
    if (!this.data_ || !this.hasAttribute("seekable") || event.button > 0) return;
    const box = this.getBoundingClientRect();
    this.seek(((event.clientX - box.left) / box.width) * this.data_.duration);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (!this.data_ || !this.hasAttribute("seekable")) return;
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const end = { Home: 0, End: this.data_.duration }[event.key];
    if (way === undefined && end === undefined) return;
    event.preventDefault();
    this.seek(end ?? this.at_ + (way ?? 0) * (event.shiftKey ? 5 * STEP_S : STEP_S));
  }

  /** @param {number} seconds */
  seek(seconds) {
    const kept = Math.min(this.data_?.duration ?? 0, Math.max(0, seconds));
    this.dispatchEvent(new CustomEvent("seek", { detail: kept }));
  }

  draw() {
    const { canvas, data_: data } = this;
    const [width, height] = [this.clientWidth, this.clientHeight];
    const pen = canvas?.getContext("2d");
    if (!canvas || !data || !pen || !width) return;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    pen.scale(ratio, ratio);
    const style = getComputedStyle(this);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const heat = data.heat ?? [];
    const top = heat.length ? heat.length * (HEAT_PX + 1) + 2 : 0;
    heat.forEach((one, row) => drawHeat(pen, one, data.duration, row * (HEAT_PX + 1), width, colour));
    pen.fillStyle = colour("--well");
    pen.fillRect(0, top, width, height - top);
    data.stretches.forEach((stretch, n) => {
      const left = (stretch.start_s / data.duration) * width;
      const right = (stretch.end_s / data.duration) * width;
      const tall = (height - top) * (TALL[stretch.verdict] ?? 1);
      pen.fillStyle = colour(`--${{ keep: "good", unsure: "accent" }[stretch.verdict] ?? "bad"}`);
      pen.globalAlpha = n === data.chosen || data.chosen === undefined ? 1 : 0.6;
      pen.fillRect(left, height - tall, Math.max(1, right - left - 1), tall);
      // A line at the foot: here a person has decided.
      pen.globalAlpha = 1;
      pen.fillStyle = colour("--ink");
      if (stretch.isOwn) pen.fillRect(left, height - 3, Math.max(1, right - left - 1), 3);
    });
    this.at = this.at_;
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Heat} heat
 * @param {number} duration
 * @param {number} y
 * @param {number} width
 * @param {(name: string) => string} colour
 */
function drawHeat(pen, { seconds, values }, duration, y, width, colour) {
  pen.fillStyle = colour("--well");
  pen.fillRect(0, y, width, HEAT_PX);
  pen.fillStyle = colour("--bad");
  for (let n = 0; n < seconds.length; n++) {
    const value = values[n];
    if (value === null || value < 0.04) continue;
    const left = (seconds[n] / duration) * width;
    const right = ((seconds[n + 1] ?? duration) / duration) * width;
    pen.globalAlpha = Math.min(1, value);
    pen.fillRect(left, y, Math.max(0.5, right - left), HEAT_PX);
  }
  pen.globalAlpha = 1;
}

customElements.define("muto-strip", Strip);
