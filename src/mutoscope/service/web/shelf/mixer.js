// @ts-check
/** Two filters in one: the other one, and how much of it; painted on one's own frame. */
import { go } from "../app.js";
import { fill, h } from "../element.js";
import { Preview } from "../make/preview.js";
import { tell } from "../parts/notices.js";
import { keep } from "../state.js";
import { texts } from "../texts.js";
import { filterTitle } from "../views/telling.js";

const told = texts.shelf;

/**
 * @param {{filter: any, filters: any[], media: any, at: string, signal: AbortSignal, image: HTMLElement}} how
 */
export function mixer({ filter, filters, media, at, signal, image }) {
  const others = filters.filter((one) => one.can_mix && one.name !== filter.name);
  let other = "";
  let share = 0.5;
  const button = h("button", { class: "button is-main", type: "button", onclick: use }, told.use);
  const element = h("div", { class: "mixer" });
  const first = () => image.dataset.plain ?? "";
  const preview = new Preview((look) => {
    element.classList.toggle("is-busy", look.state === "working" || look.state === "waiting");
    if (look.picture) image.setAttribute("src", look.picture);
    if (look.state === "failed") tell(look.problem);
  });
  signal.addEventListener("abort", () => preview.end());

  function use() {
    const values = { name: filter.name, ...(other ? { mix: `${other}:${share}` } : {}) };
    keep("make.filter", { values, inputs: {}, steps: [] });
    go(`/make?kind=filter${media ? `&media=${media.id}` : ""}`);
  }
  const look = () => {
    button.textContent = other ? told.useMix : told.use;
    slider.hidden = !other;
    slider.style.setProperty("--share", String(share));
    if (!image.dataset.plain && image.getAttribute("src")) image.dataset.plain = image.getAttribute("src") ?? "";
    if (!other) {
      preview.end();
      if (first()) image.setAttribute("src", first());
    } else if (media) {
      void preview.want({
        kind: "filter",
        inputs: { source: media.id },
        parameters: { name: filter.name, mix: `${other}:${share}` },
        preview: { at, size: 640 },
      });
    }
  };
  const slider = h("input", {
    type: "range",
    class: "slider",
    min: 0.05,
    max: 0.95,
    step: 0.05,
    value: share,
    hidden: true,
    "aria-label": told.share,
    oninput: () => {
      share = Number(/** @type {any} */ (slider).value);
      look();
    },
  });
  const list = h(
    "select",
    {
      class: "input",
      "aria-label": told.mixWith,
      onchange: () => {
        other = /** @type {any} */ (list).value;
        look();
      },
    },
    h("option", { value: "" }, told.mix),
    others.map((one) => h("option", { value: one.name }, filterTitle(one))),
  );
  fill(element, filter.can_mix ? [list, slider] : h("p", { class: "small quiet" }, told.noMix));
  return { element, button };
}
