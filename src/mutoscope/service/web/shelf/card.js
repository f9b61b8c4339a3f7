// @ts-check
/** All about one filter: large, on one's own frame; who painted, under which licence; its training; a mix. */
import { get, post, remove } from "../api.js";
import { go } from "../app.js";
import { fill, h, icon } from "../element.js";
import { size } from "../format.js";
import { Thumbs, stripe } from "../parts/thumbs.js";
import { ask } from "../parts/muto-dialog.js";
import { tell } from "../parts/notices.js";
import { texts } from "../texts.js";
import { filterTitle } from "../views/telling.js";
import { mixer } from "./mixer.js";

const told = texts.shelf;

/**
 * @param {HTMLElement} place
 * @param {string} name
 * @param {{filters: any[], media: any, at: string, small: string | null, signal: AbortSignal, shut: () => void, gone: () => void}} how
 */
export async function filterCard(place, name, { filters, media, at, small, signal, shut, gone }) {
  const filter = await get(`/api/filters/${name}`, { signal });
  const image = h("img", { alt: filterTitle(filter), class: "stage-picture" });
  const stage = h("div", { class: "stage" }, image);
  const { width, height } = media?.info ?? {};
  if (width && height) stage.style.aspectRatio = `${width} / ${Math.min(width, Math.max(height, width / 2))}`;
  image.addEventListener("load", () => (stage.style.background = ""));
  stripe(stage, filter.palette);
  if (small) {
    image.setAttribute("src", small);
    image.classList.add("is-here");
  }
  const { style, training } = filter.card;
  const mix = mixer({ filter, filters, media, at, signal, image });
  const forget = async () => {
    if (!(await ask({ title: told.deleteTitle, text: told.deleteText, action: texts.common.delete, isBad: true })))
      return;
    try {
      await remove(`/api/filters/${name}`);
      gone();
    } catch (error) {
      tell(error);
    }
  };
  const onnx = async () => {
    try {
      go(`/watch/${(await post(`/api/filters/${name}/export`, undefined)).id}`);
    } catch (error) {
      tell(error);
    }
  };
  const rows = [
    [told.licence, filter.licence],
    [told.source, style.source],
    [told.training, training.steps ? told.trained(training.steps, `${Math.round(training.minutes)} min`) : ""],
    [told.learned, training.content],
    [told.file, size(filter.bytes)],
  ];
  const curve = filter.has_curve ? h("div", { class: "shelf-curve" }) : null;
  fill(
    place,
    h(
      "article",
      { class: "filter-card" },
      h("div", { class: "filter-look" }, stage, mix.element),
      h(
        "div",
        { class: "filter-told" },
        h(
          "div",
          { class: "row" },
          h("h2", null, filterTitle(filter)),
          h("span", { class: "grow" }),
          h(
            "button",
            { class: "button is-icon", type: "button", "aria-label": texts.common.close, onclick: shut },
            icon("close"),
          ),
        ),
        h(
          "p",
          { class: "quiet" },
          [style.artist === "code" ? told.code : style.artist, style.year].filter(Boolean).join(", "),
        ),
        h("div", { class: "palette", "aria-hidden": "true" }),
        filter.touch && h("p", null, `${told.touch[filter.touch]}.`),
        h(
          "dl",
          { class: "facts small" },
          rows
            .filter(([, value]) => value)
            .map(([label, value]) => [h("dt", { class: "quiet" }, label), h("dd", null, value)])
            .flat(),
        ),
        curve,
        h(
          "div",
          { class: "row" },
          mix.button,
          filter.has_file &&
            h(
              "a",
              { class: "button", href: `/api/filters/${name}/file`, download: true },
              icon("download"),
              texts.common.download,
            ),
          h("button", { class: "button is-plain", type: "button", onclick: onnx }, told.export),
          !filter.is_shipped &&
            h("button", { class: "button is-plain is-bad", type: "button", onclick: forget }, texts.common.delete),
        ),
      ),
    ),
  );
  const palette = place.querySelector(".palette");
  if (palette instanceof HTMLElement) stripe(palette, filter.palette);
  place.scrollIntoView({ block: "start", behavior: "smooth" });
  const query = media ? { media: media.id, at, size: 960 } : {};
  if (media || !filter.is_shipped) new Thumbs(signal).want(image, `/api/filters/${name}/preview`, query);
  if (curve) await drawCurve(curve, name, signal);
}

/** @param {HTMLElement} place @param {string} name @param {AbortSignal} signal */
async function drawCurve(place, name, signal) {
  const [{ Curve }, course] = await Promise.all([
    import("../parts/muto-curve.js"),
    get(`/api/filters/${name}/curve`, { signal }),
  ]);
  const made = document.createElement("muto-curve");
  fill(place, h("h3", { class: "small" }, told.curve), made);
  const main = ["total", "style", "content", "consistency"].filter((term) => course.losses[term]);
  const colours = ["--ink", "--accent", "--good", "--quiet"];
  if (made instanceof Curve)
    made.data = {
      label: told.curve,
      x: course.seconds,
      lines: main.map((term, number) => ({ name: term, values: course.losses[term], colour: colours[number] })),
      tell: (x) => `${Math.round(x / 60)} min`,
    };
}
