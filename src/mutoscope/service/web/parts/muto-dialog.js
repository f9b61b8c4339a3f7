// @ts-check
/** Questions that must be answered first, as native dialogs: focus stays in, Escape says no. */
import { h } from "../element.js";
import { texts } from "../texts.js";

/**
 * Show a dialog and wait for the answer.
 * @param {{title: string, text?: string, action: string, isBad?: boolean, cancel?: string,
 *   body?: Node | null, onopen?: () => void}} said
 * @returns {Promise<boolean>} whether the action was chosen
 */
export function ask({ title, text = "", action, isBad = false, cancel = texts.common.cancel, body = null, onopen }) {
  return new Promise((resolve) => {
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", { id: "dialog-title" }, title),
      text && h("p", { class: "quiet" }, text),
      body,
      h(
        "div",
        { class: "dialog-actions" },
        h("button", { class: "button", value: "no", type: "submit", formnovalidate: true }, cancel),
        h("button", { class: isBad ? "button is-bad" : "button is-main", value: "yes", type: "submit" }, action),
      ),
    );
    const dialog = /** @type {HTMLDialogElement} */ (
      /** @type {unknown} */ (h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, form))
    );
    dialog.addEventListener("close", () => {
      const yes = dialog.returnValue === "yes";
      dialog.remove();
      resolve(yes);
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close("no"));
    document.body.append(dialog);
    dialog.showModal();
    onopen?.();
  });
}

/**
 * Ask for a line of text; null where it was cancelled.
 * @param {{title: string, label: string, value?: string, action?: string}} said
 * @returns {Promise<string | null>}
 */
export async function askText({ title, label, value = "", action = texts.common.save }) {
  const field = h("input", {
    class: "input",
    type: "text",
    value,
    required: true,
    maxlength: 400,
    "aria-label": label,
  });
  const yes = await ask({ title, action, body: field, onopen: () => /** @type {any} */ (field).select() });
  const said = /** @type {any} */ (field).value.trim();
  return yes && said ? said : null;
}
