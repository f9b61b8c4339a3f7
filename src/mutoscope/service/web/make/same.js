// @ts-check
/** The command line and the recipe that would do the same, to copy. */
import { post } from "../api.js";
import { fill, h, icon } from "../element.js";
import { notice } from "../parts/notices.js";
import { texts } from "../texts.js";
import { commandOf, missing, recipeOf } from "./request.js";

const told = texts.make;

export class Same {
  /** @param {import("./bench.js").Bench} bench */
  constructor(bench) {
    this.bench = bench;
    this.body = h("div", { class: "same" });
    this.element = h(
      "details",
      { class: "form-more", ontoggle: () => this.show() },
      h("summary", null, told.same),
      this.body,
    );
  }

  show() {
    clearTimeout(this.timer);
    if (!(/** @type {any} */ (this.element).open)) return;
    this.timer = setTimeout(() => this.write(), 200);
  }

  async write() {
    const { draft, card, known } = this.bench;
    if (missing(draft))
      return fill(this.body, h("p", { class: "small quiet" }, told.lacks[/** @type {string} */ (missing(draft))]));
    const named = (/** @type {string} */ text) =>
      text.replace(/media:(m_\w{22})/g, (whole, id) => known.get(id)?.name ?? whole);
    const recipe = recipeOf(draft, card.effect);
    const toml = recipe ? (await post("/api/recipes/validate", { recipe }).catch(() => null))?.toml : null;
    fill(
      this.body,
      snippet(told.command, commandOf(draft, card.verb, named)),
      toml && snippet(told.recipe, named(toml)),
    );
  }
}

/** @param {string} title @param {string} text */
function snippet(title, text) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without https of another machine there is no clipboard for scripts: select it, and let the person copy.
      getSelection()?.selectAllChildren(code);
      document.execCommand("copy");
    }
    notice(texts.common.copied);
  };
  const code = h("pre", { class: "code", tabindex: "0" }, text);
  return h(
    "section",
    null,
    h(
      "div",
      { class: "same-head" },
      h("h3", { class: "small" }, title),
      h(
        "button",
        { class: "button is-icon", type: "button", "aria-label": `${texts.common.copy}: ${title}`, onclick: copy },
        icon("copy"),
      ),
    ),
    code,
  );
}
