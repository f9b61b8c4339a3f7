// @ts-check
/** What the page says in passing: short notices at the foot, and the banner while the server is away. */
import { ApiProblem, connection } from "../api.js";
import { fill, h, icon } from "../element.js";
import { texts } from "../texts.js";

const STAYS_MS = 6000;
const MOST = 3;

class Notices extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "status");
    this.setAttribute("aria-live", "polite");
  }

  /**
   * @param {string} text
   * @param {{isBad?: boolean, action?: {label: string, run: () => void}, more?: string}} [options]
   */
  say(text, { isBad = false, action, more = "" } = {}) {
    const close = () => made.remove();
    const made = h(
      "div",
      { class: isBad ? "notice is-bad" : "notice" },
      h("div", { class: "notice-text" }, h("p", null, text), more && h("p", { class: "quiet small" }, more)),
      action &&
        h("button", { class: "button is-plain", type: "button", onclick: () => (close(), action.run()) }, action.label),
      h(
        "button",
        { class: "button is-icon", type: "button", "aria-label": texts.common.close, onclick: close },
        icon("close"),
      ),
    );
    while (this.children.length >= MOST) this.firstElementChild?.remove();
    this.append(made);
    // Bad news stays until it was read.
    if (!isBad) setTimeout(close, STAYS_MS + text.length * 40);
    return close;
  }
}

class Banner extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "status");
    /** @type {number | undefined} */
    let timer;
    connection.watch((state) => {
      clearTimeout(timer);
      // A short stumble is not worth a word.
      if (state === "away") timer = setTimeout(() => this.show(true), 700);
      else this.show(false);
    });
  }

  /** @param {boolean} isAway */
  show(isAway) {
    this.classList.toggle("is-shown", isAway);
    fill(this, isAway && [h("span", { class: "pulse" }), h("p", null, texts.banner)]);
  }
}

customElements.define("muto-notices", Notices);
customElements.define("muto-banner", Banner);

/**
 * Say something in passing.
 * @param {string} text
 * @param {Parameters<Notices["say"]>[1]} [options]
 */
export function notice(text, options) {
  const place = /** @type {Notices | null} */ (document.querySelector("muto-notices"));
  return place?.say(text, options);
}

/**
 * Say in plain words what was refused, and what to do.
 * @param {unknown} error
 */
export function tell(error) {
  if (error instanceof DOMException && error.name === "AbortError") return;
  if (!(error instanceof ApiProblem)) {
    console.error(error);
    notice(texts.broken.script, { isBad: true });
    return;
  }
  if (error.kind === "token-wanted") return; // the page asks for it
  const [title, more] = words(error);
  notice(title, { isBad: true, more });
}

/**
 * Title and advice for a problem.
 * @param {ApiProblem} problem
 * @returns {[string, string]}
 */
export function words(problem) {
  const [title, advice] = /** @type {any} */ (texts.problems)[problem.kind] ?? texts.problems.internal;
  return [title, sentence(problem.detail) || advice];
}

/** @param {string} text */
export function sentence(text) {
  // The name of a file stays as it is.
  return /^\S+\.\w+ /.test(text) ? text : text.slice(0, 1).toUpperCase() + text.slice(1);
}
