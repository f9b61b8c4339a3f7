// @ts-check
/**
 * `<muto-loading>`: one of the four screens, and a small choice among them that is remembered.
 *
 * Attributes and properties: `progress` 0..1 (as a property also a function that gives it), `text` (a clip's name;
 * MUTOSCOPE without it), `screen` (a name, else what was chosen last, else by chance). It brings its own style sheet.
 */
import { canDraw, fill, h } from "../element.js";
import { keep, kept } from "../state.js";
import { texts } from "../texts.js";
import { spell } from "./letters.js";

export const SCREENS = /** @type {const} */ (["flee", "layers", "clock", "shadows"]);
/** @typedef {typeof SCREENS[number]} Name */

const KEPT = "loading";
const SHEET = "/web/css/loading.css";
let last = "";

/** @type {Promise<unknown>} Without the sheet a canvas has no size. */
const sheet = new Promise((resolve) => {
  document.head.append(h("link", { rel: "stylesheet", href: SHEET, onload: resolve, onerror: resolve }));
});

export class Loading extends HTMLElement {
  static observedAttributes = ["progress", "text", "screen"];

  constructor() {
    super();
    /** @type {() => number} */
    this.ask = () => 0;
    /** @type {import("./stage.js").Screen | null} */
    this.playing = null;
    this.started = 0;
  }

  connectedCallback() {
    if (!canDraw()) return void fill(this, h("p", { class: "quiet" }, this.text || texts.common.loading));
    if (!this.hasChildNodes()) this.furnish();
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.gone = new AbortController();
    const { signal } = this.gone;
    this.calm.addEventListener("change", () => void this.play(), { signal });
    // Colours are read once when a screen starts; a change of theme starts it anew.
    this.observer = new MutationObserver(() => void this.play());
    this.observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    void this.play();
  }

  disconnectedCallback() {
    this.gone?.abort();
    this.observer?.disconnect();
    this.started++;
    this.playing?.stop();
    this.playing = null;
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (name === "progress") this.progress = Number(value);
    else if (before !== value && this.isConnected && this.hasChildNodes()) void this.play();
  }

  /** Share done, 0..1. */
  get progress() {
    return this.ask();
  }

  /** @param {number | (() => number)} share */
  set progress(share) {
    this.ask = typeof share === "function" ? share : () => share;
  }

  /** @returns {string} */
  get text() {
    return this.getAttribute("text") ?? "";
  }

  set text(text) {
    this.setAttribute("text", text);
  }

  /** The screen that plays. @returns {Name} */
  get screen() {
    return this.name ?? "flee";
  }

  set screen(name) {
    this.setAttribute("screen", name);
  }

  /** Milliseconds of script of the last frames, for measuring. */
  get times() {
    return this.playing?.times() ?? [];
  }

  furnish() {
    this.canvas = /** @type {HTMLCanvasElement} */ (
      h("canvas", { class: "loading-canvas", tabindex: "0", role: "img" })
    );
    const choice = h("div", { class: "loading-choice", role: "group", "aria-label": texts.loading.choose });
    this.buttons = ["any", ...SCREENS].map((name) =>
      h("button", { class: "tab", type: "button", data: { screen: name }, onclick: () => this.choose(name) },
        /** @type {any} */ (texts.loading.screens)[name]),
    );
    fill(choice, this.buttons);
    fill(this, this.canvas, choice);
  }

  /** @param {string} name */
  choose(name) {
    keep(KEPT, name === "any" ? null : name);
    this.removeAttribute("screen");
    this.name = undefined;
    void this.play();
  }

  /** @returns {Name} */
  pick() {
    const wanted = this.getAttribute("screen") || kept(KEPT, "");
    if (SCREENS.includes(/** @type {Name} */ (wanted))) return /** @type {Name} */ (wanted);
    // By chance, but never the same twice in a row: chance that repeats itself looks broken.
    const others = SCREENS.filter((one) => one !== last);
    return this.name ?? others[Math.floor(Math.random() * others.length)];
  }

  async play() {
    const number = ++this.started;
    this.name = this.pick();
    last = this.name;
    const chosen = this.getAttribute("screen") || kept(KEPT, "any");
    for (const button of this.buttons ?? []) {
      button.setAttribute("aria-pressed", String(button.dataset.screen === chosen));
    }
    const [{ start }] = await Promise.all([import(`./${this.name}.js`), sheet]);
    if (number !== this.started || !this.canvas || !this.isConnected) return;
    this.playing?.stop();
    this.canvas.setAttribute("aria-label", texts.loading.label(spell(this.text)));
    this.playing = start(this.canvas, {
      progress: () => this.ask(),
      text: this.text || undefined,
      reducedMotion: this.calm?.matches ?? false,
      colours: colours(),
    });
  }
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return { ground: read("--ground"), ink: read("--ink"), dim: read("--line"), accent: read("--accent") };
}

customElements.define("muto-loading", Loading);
