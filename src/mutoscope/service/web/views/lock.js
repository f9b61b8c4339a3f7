// @ts-check
/** The token is missing or wrong: what to do, and a place for it. */
import { fill, h } from "../element.js";
import { texts } from "../texts.js";

/** @param {HTMLElement} root */
export function render(root) {
  const told = texts.lock;
  const field = h("input", {
    class: "input",
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    required: true,
    id: "token",
  });
  const wrong = h("p", { class: "field-problem", role: "alert" });
  const form = h(
    "form",
    { class: "lock-form" },
    h("label", { for: "token" }, told.field),
    field,
    wrong,
    h("button", { class: "button is-main", type: "submit" }, told.open),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = /** @type {any} */ (field).value.trim();
    const token = /[?&]token=([^&\s]+)/.exec(said)?.[1] ?? encodeURIComponent(said);
    // The server answers a good token by leading on, and keeps it in a cookie that no script can read.
    const response = await fetch(`/?token=${token}`, { redirect: "manual" }).catch(() => null);
    if (response?.type === "opaqueredirect") location.reload();
    else fill(wrong, response ? told.wrong : texts.banner);
  });
  fill(root, h("div", { class: "plain" }, h("h1", null, told.title), h("p", null, told.text), form));
  document.title = `${told.title} · ${texts.name}`;
}
