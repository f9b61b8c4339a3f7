// @ts-check
/** The shelf as live thumbnails: every filter on the very frame that one works on. */
import { get } from "../api.js";
import { fill, h } from "../element.js";
import { stripe, Thumbs } from "../parts/thumbs.js";
import { tell } from "../parts/notices.js";
import { texts } from "../texts.js";
import { filterTitle } from "../views/telling.js";

const told = texts.make;

/** @param {import("./bench.js").Bench} bench */
export function filtersExtra(bench) {
  const list = h("div", { class: "shelf-grid", role: "radiogroup", "aria-label": told.filter });
  const below = h("section", { class: "bench-below" }, h("h2", null, told.filter), list);
  const thumbs = new Thumbs(bench.signal);
  const media = bench.draft.media[0];
  const { at } = bench.stage;

  /** @param {any} filter */
  const choice = (filter) => {
    const image = h("img", { alt: "" });
    const frame = h("span", { class: "tile-frame" }, image);
    stripe(frame, filter.palette);
    const box = h("input", {
      type: "radio",
      name: "filter",
      value: filter.name,
      class: "unseen",
      onchange: () => {
        bench.value("name", filter.name);
        // The small picture is a first look, until the large one is there.
        const small = image.getAttribute("src");
        if (small && bench.stage.at === at) bench.stage.hint(small);
      },
    });
    const made = h(
      "label",
      { class: "choice is-named" },
      box,
      frame,
      h("span", { class: "small" }, filterTitle(filter)),
    );
    thumbs.want(image, `/api/filters/${filter.name}/preview`, { media: media.id, at: `${at.toFixed(3)}s`, size: 480 });
    return made;
  };
  const show = () => {
    for (const box of list.querySelectorAll("input")) box.checked = box.value === bench.draft.values.name;
  };
  const load = async () => {
    const { items } = await get("/api/filters", { signal: bench.signal });
    // One's own are what one looks for.
    const own = items.filter((/** @type {any} */ one) => !one.is_shipped);
    fill(list, [...own, ...items.filter((/** @type {any} */ one) => one.is_shipped)].map(choice));
    show();
  };
  load().catch(tell);
  return { below, show };
}
