// @ts-check
/** Corrupt: presets as pictures, and their layers as cards that can be added, moved and switched. */
import { get } from "../api.js";
import { fill, h } from "../element.js";
import { cards } from "../parts/muto-cards.js";
import { form } from "../parts/muto-form.js";
import { tell } from "../parts/notices.js";
import { texts } from "../texts.js";

const told = texts.make;
const BASIC = ["size", "agents", "respawn", "preserve", "fade", "manipulations"];
const PRESET = "drift";

/** @param {import("./bench.js").Bench} bench */
export function layersExtra(bench) {
  const spec = bench.card.schema.$defs?.LayerParams ?? { properties: {} };
  const pictures = h("div", { class: "presets", role: "radiogroup", "aria-label": told.presets });
  const place = h("div");
  const below = h(
    "section",
    { class: "bench-below" },
    h("h2", null, told.presets),
    pictures,
    h("h2", null, told.layers),
    place,
  );
  /** @type {Record<string, {layers: any[]}>} */
  let presets = {};
  const names = Object.keys(spec.properties);

  const list = cards({
    label: told.layers,
    fresh: () => ({ size: [40, 20], agents: 100, respawn: 16 }),
    told: (layers) => bench.value("layers", layers),
    draw: (layer, number, change) => {
      const title = h("span");
      const name = () => told.layer(number + 1, (layer.size ?? [40, 20]).join(" × "));
      title.textContent = name();
      const fields = form({
        schema: { ...spec, $defs: bench.card.schema.$defs },
        basic: BASIC.filter((one) => names.includes(one)),
        groups: [{ title: told.groups.advanced, names: names.filter((one) => !BASIC.includes(one)) }],
        values: valuesOf(layer),
        told: (values) => {
          layer = { ...values, ...(layer.off ? { off: true } : {}) };
          change(layer);
        },
      });
      return { title: name(), picture: gridPicture(layer.size ?? [40, 20]), body: [fields] };
    },
  });

  /** The grid's size has no default that one would want to see taken away. @param {any} layer */
  const valuesOf = ({ off: _off, ...values }) => values;

  const choose = (/** @type {string} */ name) => {
    const values = /** @type {Record<string, any>} */ ({ ...bench.draft.values, preset: name });
    delete values.layers;
    if (name === PRESET) delete values.preset;
    bench.change({ values });
    show();
  };
  function show() {
    const { preset = PRESET, layers } = /** @type {Record<string, any>} */ (bench.draft.values);
    fill(
      pictures,
      Object.keys(presets).map((name) =>
        h(
          "label",
          { class: "choice is-named" },
          h("input", {
            type: "radio",
            name: "preset",
            value: name,
            checked: name === preset && !layers,
            class: "unseen",
            onchange: () => choose(name),
          }),
          h(
            "span",
            { class: "tile-frame" },
            h("img", { src: `/web/pictures/corrupt-${name}.jpg`, alt: "", class: "is-here" }),
          ),
          h("span", { class: "small" }, told.presetNames[name] ?? name),
        ),
      ),
    );
    list.set(layers ?? presets[preset]?.layers ?? []);
  }
  const load = async () => {
    presets = (await get("/api/presets", { signal: bench.signal })).corrupt;
    place.append(list);
    show();
  };
  load().catch(tell);
  return { below, show };
}

/** How fine the grid is, drawn. @param {number[]} size rows and columns */
function gridPicture([rows, columns]) {
  const side = Math.max(2, Math.min(32, Math.round(280 / Math.max(rows, columns))));
  const made = h("span", { class: "grid-picture", "aria-hidden": "true" });
  made.style.backgroundSize = `${side}px ${side}px`;
  return made;
}
