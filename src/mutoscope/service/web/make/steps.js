// @ts-check
/** A recipe: several effects, one after the other, each as a card with its own form. */
import { get } from "../api.js";
import { fill, h } from "../element.js";
import { cards } from "../parts/muto-cards.js";
import { form } from "../parts/muto-form.js";
import { tell } from "../parts/notices.js";
import { optionLabel } from "../parts/field-kinds.js";
import { texts } from "../texts.js";

const told = texts.make;
/** Effects that want more than a card can give stand in the API and on the command line. */
const PICTURES = /** @type {[string, string][]} */ ([
  ["filter.play", "filter"],
  ["stylize.optimise", "paint"],
  ["corrupt.agents", "corrupt"],
  ["corrupt.datamosh", "datamosh"],
]);
const LEFT_OUT = ["frame.identity", "keyframes.play"];

/** @param {import("./bench.js").Bench} bench */
export function stepsExtra(bench) {
  const place = h("div");
  const add = h("select", {
    class: "input",
    "aria-label": told.otherStep,
    onchange: () => void append(/** @type {any} */ (add).value),
  });
  const below = h(
    "section",
    { class: "bench-below" },
    h("h2", null, told.steps),
    place,
    h(
      "div",
      { class: "steps-add" },
      h("p", { class: "quiet" }, told.stepsHelp),
      h("div", { class: "presets" }, PICTURES.map(adder)),
      add,
    ),
  );
  /** @type {any[]} */
  let effects = [];
  /** @type {Map<string, any>} */
  const known = new Map();
  /** @type {any[]} */
  let filters = [];
  /** @type {any[]} */
  let pictures = [];

  const list = cards({
    label: told.steps,
    told: (steps) => bench.change({ steps }),
    draw: (step, number, change) => {
      const card = known.get(step.effect);
      const title = `${number + 1}. ${told.effects[step.effect] ?? step.effect}`;
      if (!card) return { title, body: [h("p", { class: "quiet small" }, texts.common.loading)] };
      const { schema, basic, advanced } = card.parameters;
      const fields = form({
        schema: chosenFrom(schema),
        basic,
        groups: [{ title: told.groups.advanced, names: advanced }],
        values: step.params ?? {},
        told: (params) => {
          step = { ...step, params };
          change(step);
        },
      });
      return { title, body: [h("p", { class: "small quiet" }, card.summary), fields] };
    },
  });

  /** A step as a picture. @param {[string, string]} step */
  function adder([effect, name]) {
    return h(
      "button",
      {
        class: "choice is-named is-button",
        type: "button",
        "aria-label": `${told.addStep}: ${told.effects[effect]}`,
        onclick: () => append(effect),
      },
      h("span", { class: "tile-frame" }, h("img", { src: `/web/pictures/${name}.jpg`, alt: "", class: "is-here" })),
      h("span", { class: "small" }, told.effects[effect]),
    );
  }

  /** Fields that name what is here become choices of it. @param {any} schema */
  function chosenFrom(schema) {
    const properties = { ...schema.properties };
    if (schema.title === "FilterParams")
      properties.name = { ...properties.name, type: "string", enum: filters.map((one) => one.name) };
    for (const [name, spec] of Object.entries(properties)) {
      if (/** @type {any} */ (spec).files === "styles" && /** @type {any} */ (spec).type === "string")
        properties[name] = { ...spec, enum: pictures.map((one) => `media:${one.id}`) };
    }
    return { ...schema, properties };
  }

  /** @param {string} effect */
  async function append(effect) {
    /** @type {any} */ (add).selectedIndex = 0;
    if (!effect) return;
    try {
      const card = await load(effect);
      /** @type {Record<string, any>} */
      const params = {};
      if (effect === "filter.play") params.name = filters[0]?.name;
      if (effect === "stylize.optimise" && pictures[0]) params.style = `media:${pictures[0].id}`;
      const step = { effect: card.name, ...(Object.keys(params).length ? { params } : {}) };
      list.become([...bench.draft.steps, step], bench.draft.steps.length);
    } catch (error) {
      tell(error);
    }
  }

  /** @param {string} effect */
  async function load(effect) {
    if (!known.has(effect)) known.set(effect, await get(`/api/effects/${effect}`, { signal: bench.signal }));
    return known.get(effect);
  }

  async function begin() {
    const [all, shelf, media] = await Promise.all([
      get("/api/effects"),
      get("/api/filters"),
      get("/api/media?kind=picture&state=ready&limit=100"),
    ]);
    effects = all.items.filter(
      (/** @type {any} */ one) =>
        !one.is_mask &&
        !LEFT_OUT.includes(one.name) &&
        !one.needs.some((/** @type {string} */ need) => !["style"].includes(need)),
    );
    filters = shelf.items;
    pictures = media.items.filter((/** @type {any} */ one) => one.role !== "preview");
    for (const one of pictures) {
      bench.known.set(one.id, one);
      texts.options[`media:${one.id}`] = one.name;
    }
    await Promise.all(bench.draft.steps.map((step) => load(step.effect)));
    fill(
      add,
      h("option", { value: "" }, told.otherStep),
      effects.map((one) => h("option", { value: one.name }, told.effects[one.name] ?? optionLabel(one.name))),
    );
    place.append(list);
    show();
  }
  const show = () => list.set(bench.draft.steps);
  begin().catch(tell);
  return { below, show };
}
