// @ts-check
/**
 * `<muto-compare>`: before and after of a film or a picture, with a border to move, side by side, or their difference.
 * Set `films = {before, after}`: media of the API; `before` may be null. Its style is /web/css/compare.css.
 */
import { fill, h } from "../element.js";
import { shapeOf } from "../format.js";
import { keep, kept } from "../state.js";
import { texts } from "../texts.js";
import { controls } from "./compare-controls.js";
import { drawDifference } from "./difference.js";
import { addressOf, FilmSide } from "./film-side.js";
import { TwinFilm } from "./twin-film.js";
import { Zoom } from "./zoom.js";

const told = texts.compare;
/** @typedef {"slider" | "side" | "difference"} Mode */
const MODES = /** @type {Mode[]} */ (["slider", "side", "difference"]);
const WORDS = "input, textarea, select, [contenteditable]";
const PRESSED = "button, a, summary, [role=slider]";

export class Compare extends HTMLElement {
  constructor() {
    super();
    this.border = 0.5;
    this.gain = 4;
    this.isHeard = false;
    /** @type {Mode} */
    this.mode_ = kept("compare-mode", "slider");
    /** @type {TwinFilm | null} */
    this.twin = null;
  }

  /** @param {{before: any, after: any}} films */
  set films({ before, after }) {
    this.end();
    this.media = { before, after };
    if (!MODES.includes(this.mode_) || !before) this.mode_ = "slider";
    this.isFilm = after.kind === "video";
    this.furnish();
    void this.open();
  }

  connectedCallback() {
    this.gone = new AbortController();
    document.addEventListener("keydown", (event) => this.press(event), { signal: this.gone.signal });
    this.observer = new ResizeObserver(() => this.zoom?.settle());
    this.observer.observe(this);
  }

  disconnectedCallback() {
    this.gone?.abort();
    this.observer?.disconnect();
    this.end();
  }

  end() {
    this.twin?.close();
    this.twin = null;
  }

  furnish() {
    const { before, after } = this.media ?? {};
    this.style.setProperty("--ratio", String(shapeOf(after.info)));
    const sides = [
      [before, told.before, "before"],
      [after, told.after, "after"],
    ].filter(([media]) => media);
    /** @type {FilmSide[]} */
    this.films_ = [];
    const places = sides.map(([media, label, name]) => {
      let picture = h("img", { alt: label, src: addressOf(media) });
      if (this.isFilm && media.kind === "video") {
        const side = new FilmSide(media, label);
        this.films_.unshift(side); // the result leads
        picture = side.element;
      }
      const inner = h("div", { class: "compare-inner" }, picture);
      return h(
        "div",
        { class: `compare-side is-${name}` },
        inner,
        sides.length > 1 && h("span", { class: "compare-name" }, label),
      );
    });
    this.canvas = /** @type {HTMLCanvasElement} */ (
      h("canvas", { class: "compare-inner", role: "img", "aria-label": told.modes.difference })
    );
    const difference = h("div", { class: "compare-side is-difference" }, this.canvas);
    this.handle = h("div", {
      class: "compare-handle",
      role: "slider",
      tabindex: "0",
      "aria-label": told.divider,
      "aria-valuemin": "0",
      "aria-valuemax": "100",
      "aria-orientation": "horizontal",
    });
    this.stage = h(
      "div",
      { class: "compare-stage", role: "group", "aria-label": told.stage },
      places,
      difference,
      before && this.handle,
    );
    this.controls = controls(this);
    this.zoom = new Zoom(
      this.stage,
      () => this.sizeOfOne(),
      () => this.place(),
    );
    for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
      this.stage.addEventListener(type, (event) => this.drag(/** @type {PointerEvent} */ (event)));
    }
    fill(this, this.stage, this.controls.element);
    this.mode = this.mode_;
    this.moveBorder(0.5);
  }

  async open() {
    if (this.isFilm) {
      const twin = (this.twin = new TwinFilm(this.films_ ?? [], () => this.seen()));
      await twin.open();
      if (twin !== this.twin) return;
      twin.isLooping = kept("compare-loop", true);
      this.controls?.ready(twin.sides.some((side) => !side.isPlayable));
    } else {
      const pictures = [...this.querySelectorAll("img")];
      await Promise.all(pictures.map((one) => one.decode().catch(() => {})));
    }
    this.dataset.ready = "";
    this.seen();
  }

  /** Something new is seen. */
  seen() {
    this.controls?.show();
    if (this.mode_ === "difference" && this.canvas) {
      const [before, after] = this.pictures();
      if (before && after) drawDifference(this.canvas, before, after, this.gain);
    }
  }

  pictures() {
    if (this.films_?.length === 2) return [this.films_[1].picture, this.films_[0].picture];
    return /** @type {HTMLImageElement[]} */ ([...this.querySelectorAll(".compare-side img")]);
  }

  get mode() {
    return this.mode_;
  }

  /** @param {Mode} mode */
  set mode(mode) {
    this.mode_ = mode;
    if (this.media?.before) keep("compare-mode", mode);
    this.dataset.mode = this.media?.before ? mode : "alone";
    this.controls?.show();
    this.zoom?.settle();
    this.seen();
  }

  /** @returns {[number, number]} px */
  sizeOfOne() {
    const side = this.querySelector(this.mode_ === "difference" ? ".is-difference" : ".is-after");
    return [side?.clientWidth || 1, side?.clientHeight || 1];
  }

  place() {
    for (const one of this.querySelectorAll(".compare-inner")) {
      /** @type {HTMLElement} */ (one).style.transform = this.zoom?.transform ?? "none";
    }
    this.stage?.classList.toggle("is-zoomed", (this.zoom?.scale ?? 1) > 1);
    this.controls?.show();
  }

  /** @param {number} share of the width, 0..1 */
  moveBorder(share) {
    this.border = Math.min(1, Math.max(0, share));
    this.stage?.style.setProperty("--border", `${this.border * 100}%`);
    this.handle?.setAttribute("aria-valuenow", String(Math.round(this.border * 100)));
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (this.mode_ !== "slider" || !this.stage || !this.media?.before) return;
    const isHandle = event.target === this.handle;
    if (event.type === "pointerdown" && event.isPrimary && (isHandle || this.zoom?.scale === 1)) {
      this.isDragging = true;
      // Dragging the border must not move what is enlarged.
      if (isHandle) this.zoom?.fingers.clear();
      this.stage.setPointerCapture(event.pointerId);
    }
    if (event.type === "pointerup" || event.type === "pointercancel") this.isDragging = false;
    if (!this.isDragging) return;
    const box = this.stage.getBoundingClientRect();
    this.moveBorder((event.clientX - box.left) / box.width);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const at = /** @type {Element} */ (event.target);
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || at.matches?.(WORDS)) return;
    if (document.querySelector("dialog[open]")) return;
    const isArrow = event.key === "ArrowLeft" || event.key === "ArrowRight";
    if (isArrow && (this.mode_ !== "slider" || (at.matches?.(PRESSED) && at !== this.handle))) return;
    if (event.key === " " && at.matches?.(PRESSED) && at !== this.handle) return;
    const step = event.shiftKey ? 0.1 : 0.02;
    const actions = /** @type {Record<string, () => unknown>} */ ({
      " ": () => this.twin?.toggle(),
      k: () => this.twin?.toggle(),
      ",": () => this.twin?.step(-1),
      ".": () => this.twin?.step(1),
      "+": () => this.zoom?.larger(),
      "=": () => this.zoom?.larger(),
      "-": () => this.zoom?.smaller(),
      0: () => this.zoom?.by(0),
      m: () => this.controls?.sound(),
      ArrowLeft: () => this.moveBorder(this.border - step),
      ArrowRight: () => this.moveBorder(this.border + step),
      Home: () => at === this.handle && this.moveBorder(0),
      End: () => at === this.handle && this.moveBorder(1),
    });
    const action = actions[event.key];
    if (!action || ((event.key === "Home" || event.key === "End") && at !== this.handle)) return;
    event.preventDefault();
    void action();
  }
}

customElements.define("muto-compare", Compare);
