// @ts-check
/**
 * `<muto-curve>`: a small line chart. Set `data`; `at` moves its cursor; a click or drag fires `seek` with an x value.
 * Its style are /web/vendor/uplot.min.css and /web/css/curve.css.
 */
import { canDraw, h } from "../element.js";
import { texts } from "../texts.js";
import uPlot from "../vendor/uplot.min.js";

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {(number | null)[]} values
 * @property {string} [colour] name of a colour of the page, like --accent
 * @property {number} [width] px
 */
/**
 * @typedef {object} Data
 * @property {string} label what it shows, for those who do not see it
 * @property {number[]} x rising
 * @property {Line[]} lines
 * @property {number[]} [limits] drawn across, dashed
 * @property {[number, number]} [range] of the values; that of the lines without it
 * @property {(x: number) => string} [tell] how an x value is written
 * @property {string} [xLabel] what runs along
 * @property {string} [yLabel] what rises
 * @property {boolean} [bare] without axes
 * @property {string} [band] colour between the first two lines
 */

const AXIS_PX = { x: 28, y: 48 };

export class Curve extends HTMLElement {
  constructor() {
    super();
    /** @type {any} */
    this.plot = null;
    this.at_ = Number.NaN;
    this.addEventListener("pointerdown", (event) => this.seek(event));
    this.addEventListener("pointermove", (event) => event.buttons === 1 && this.seek(event));
  }

  connectedCallback() {
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this);
    // Colours are read when it is drawn; a change of theme draws it anew.
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    this.draw();
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    this.themes?.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  /** @param {Data} data */
  set data(data) {
    this.data_ = data;
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", data.label);
    if (this.isConnected) this.draw();
  }

  /** Where the cursor stands; NaN: nowhere. @param {number} x */
  set at(x) {
    this.at_ = x;
    this.mark();
  }

  draw() {
    const data = this.data_;
    if (!data || !this.clientWidth) return;
    const values = [data.x, ...data.lines.map((line) => line.values)];
    const names = data.lines.map((line) => line.name).join();
    if (this.plot && this.names === names && !this.isStale()) return void this.plot.setData(values);
    this.names = names;
    this.theme = document.documentElement.dataset.theme;
    this.plot?.destroy();
    this.replaceChildren();
    if (!canDraw()) return void this.append(h("p", { class: "small quiet" }, texts.loading.noDrawing));
    this.plot = new uPlot(this.options(data), values, this);
    this.cursor = h("div", { class: "curve-cursor" });
    this.plot.over.append(this.cursor);
    this.mark();
  }

  isStale() {
    return this.theme !== document.documentElement.dataset.theme;
  }

  /** @param {Data} data */
  options(data) {
    const style = getComputedStyle(this);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const font = `12px ${style.fontFamily}`;
    const axis = {
      stroke: colour("--quiet"),
      font,
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
      labelFont: font,
      labelSize: 18,
      labelGap: 2,
    };
    const range = data.range && [data.range[0], data.range[1]];
    return {
      width: this.clientWidth,
      height: this.clientHeight,
      padding: data.bare ? [2, 0, 2, 0] : [8, 8, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: range ? { range } : {} },
      axes: data.bare
        ? [{ show: false }, { show: false }]
        : [
            {
              ...axis,
              label: data.xLabel,
              space: 80,
              size: AXIS_PX.x,
              gap: 4,
              values: (/** @type {any} */ _plot, /** @type {number[]} */ at) =>
                at.map((x) => data.tell?.(x) ?? short(x)),
            },
            {
              ...axis,
              label: data.yLabel,
              size: AXIS_PX.y,
              gap: 4,
              space: 28,
              values: (/** @type {any} */ _plot, /** @type {number[]} */ at) => at.map(short),
            },
          ],
      series: [
        {},
        ...data.lines.map((line) => ({
          stroke: colour(line.colour ?? "--ink"),
          width: line.width ?? 1.25,
          points: { show: false },
          spanGaps: false,
        })),
      ],
      bands: data.band ? [{ series: [2, 1], fill: colour(data.band) }] : [],
      hooks: { draw: [(/** @type {any} */ plot) => drawLimits(plot, data.limits ?? [], colour("--bad"))] },
    };
  }

  fit() {
    if (!this.plot) return this.draw();
    if (this.clientWidth) this.plot.setSize({ width: this.clientWidth, height: this.clientHeight });
    this.mark();
  }

  mark() {
    if (!this.plot || !this.cursor) return;
    const [least, most] = [this.plot.scales.x.min, this.plot.scales.x.max];
    const isShown = this.at_ >= least && this.at_ <= most;
    this.cursor.hidden = !isShown;
    if (isShown) this.cursor.style.transform = `translateX(${this.plot.valToPos(this.at_, "x")}px)`;
  }

  /** @param {PointerEvent} event */
  seek(event) {
    if (!this.plot || event.button > 0) return;
    const box = this.plot.over.getBoundingClientRect();
    const x = this.plot.posToVal(Math.min(box.width, Math.max(0, event.clientX - box.left)), "x");
    this.dispatchEvent(new CustomEvent("seek", { detail: x }));
  }
}

/** @param {any} plot @param {number[]} limits @param {string} colour */
function drawLimits(plot, limits, colour) {
  const { ctx, bbox } = plot;
  const { min, max } = plot.scales.y;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const limit of limits) {
    if (limit < min || limit > max) continue;
    const y = Math.round(plot.valToPos(limit, "y", true)) + 0.5;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** @param {number} value */
function short(value) {
  const size = Math.abs(value);
  if (size >= 10000) return `${Math.round(value / 1000)}k`;
  return String(Math.round(value * 1000) / 1000);
}

customElements.define("muto-curve", Curve);

/** @param {Data} data @returns {Curve} */
export function curve(data) {
  const made = /** @type {Curve} */ (document.createElement("muto-curve"));
  made.data = data;
  return made;
}
