// @ts-check
/** A piece of text that is there to be copied. */
import { h, icon } from "../element.js";
import { texts } from "../texts.js";
import { notice } from "./notices.js";

/**
 * @param {string} label
 * @param {string} text
 * @param {{isTall?: boolean}} [how]
 */
export function copyable(label, text, { isTall = false } = {}) {
  const code = h(
    "pre",
    { class: isTall ? "copy-text is-tall" : "copy-text", tabindex: "0", role: "region", "aria-label": label },
    h("code", null, text),
  );
  return h(
    "div",
    { class: "copy" },
    h(
      "div",
      { class: "copy-head" },
      h("h3", null, label),
      h(
        "button",
        { class: "button is-plain", type: "button", onclick: () => void copy(text, code) },
        icon("copy"),
        texts.common.copy,
      ),
    ),
    code,
  );
}

/** @param {string} text @param {HTMLElement} shown */
async function copy(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    notice(texts.common.copied);
  } catch {
    // On plain http of another machine there is no clipboard: it is marked, so that one key copies it.
    getSelection()?.selectAllChildren(shown);
  }
}
