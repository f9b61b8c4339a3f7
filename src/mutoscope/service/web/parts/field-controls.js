// @ts-check
/**
 * Controls for one parameter each: they show a value, and tell when somebody changes it.
 * Each gives `{element, set}`; `set(value)` shows another value without telling.
 */
import { fill, h } from "../element.js";
import { texts } from "../texts.js";
import { optionLabel, SUGGESTED } from "./field-kinds.js";
import { numberControl } from "./number-control.js";

/**
 * @typedef {import("./field-kinds.js").Field} Field
 * @typedef {(value: any) => void} Told
 * @typedef {{element: HTMLElement, set: (value: any) => void}} Control
 */

/** @param {Field} field @param {string} id @param {Told} told @returns {Control} */
function switchControl(field, id, told) {
  const box = h("input", {
    type: "checkbox",
    role: "switch",
    class: "switch",
    id,
    onchange: () => told(/** @type {any} */ (box).checked),
  });
  return { element: box, set: (value) => /** @type {any} */ (box.checked = Boolean(value ?? field.fallback)) };
}

/** @param {Field} field @param {string} id @param {Told} told @returns {Control} */
function choiceControl(field, id, told) {
  const length = field.options.map(optionLabel).join("").length;
  const options = field.nullable ? [null, ...field.options] : field.options;
  if (options.length > 4 || length > 30) {
    const list = h(
      "select",
      { class: "input", id, onchange: () => told(options[/** @type {any} */ (list).selectedIndex]) },
      options.map((one) => h("option", null, one === null ? texts.form.auto : optionLabel(one))),
    );
    return {
      element: list,
      set: (value) => /** @type {any} */ (list.selectedIndex = options.indexOf(value ?? field.fallback)),
    };
  }
  const group = h("div", { class: "segments", role: "radiogroup", "aria-labelledby": `${id}-label` });
  const boxes = options.map((one) =>
    h("input", { type: "radio", name: id, class: "unseen", onchange: () => told(one) }),
  );
  fill(
    group,
    boxes.map((box, number) =>
      h(
        "label",
        { class: "segment" },
        box,
        h("span", null, options[number] === null ? texts.form.auto : optionLabel(options[number])),
      ),
    ),
  );
  return {
    element: group,
    set: (value) =>
      boxes.forEach((box, number) => /** @type {any} */ (box.checked = options[number] === (value ?? field.fallback))),
  };
}

/** @param {Field} field @param {string} id @param {Told} told @returns {Control} */
function textControl(field, id, told) {
  const box = h("input", {
    type: "text",
    class: "input",
    id,
    spellcheck: "false",
    autocomplete: "off",
    maxlength: field.spec.maxLength ?? 2000,
    placeholder: field.nullable ? texts.form.auto : "",
    onchange: () => {
      const text = /** @type {any} */ (box).value.trim();
      told(text || (field.nullable ? null : ""));
    },
  });
  const words = SUGGESTED[field.name];
  if (words) box.setAttribute("list", `${id}-words`);
  const list =
    words &&
    h(
      "datalist",
      { id: `${id}-words` },
      words.map((value) => h("option", { value })),
    );
  const element = list ? h("div", null, box, list) : box;
  return { element, set: (value) => /** @type {any} */ (box.value = value ?? field.fallback ?? "") };
}

/** Numbers or words, parted by commas. @param {Field} field @param {string} id @param {Told} told @returns {Control} */
function listControl(field, id, told) {
  const isNumbers = ["integer", "number"].includes(field.spec.items?.type) || field.kind === "pair";
  const box = h("input", {
    type: "text",
    class: "input",
    id,
    spellcheck: "false",
    autocomplete: "off",
    onchange: () => {
      const parts = /** @type {any} */ (box).value
        .split(",")
        .map((/** @type {string} */ one) => one.trim())
        .filter(Boolean);
      told(isNumbers ? parts.map(Number).filter(Number.isFinite) : parts);
    },
  });
  return {
    element: box,
    set: (value) => /** @type {any} */ (box.value = (value ?? field.fallback ?? []).join(", ")),
  };
}

/** Several of a few. @param {Field} field @param {string} id @param {Told} told @returns {Control} */
function choicesControl(field, id, told) {
  const boxes = field.options.map((one) =>
    h("input", {
      type: "checkbox",
      class: "unseen",
      value: one,
      onchange: () =>
        told(boxes.filter((box) => /** @type {any} */ (box).checked).map((box) => /** @type {any} */ (box).value)),
    }),
  );
  const element = h(
    "div",
    { class: "segments is-many", role: "group", "aria-labelledby": `${id}-label` },
    boxes.map((box, number) =>
      h("label", { class: "segment" }, box, h("span", null, optionLabel(field.options[number]))),
    ),
  );
  return {
    element,
    set: (value) =>
      boxes.forEach(
        (box) =>
          /** @type {any} */ (box.checked = (value ?? field.fallback ?? []).includes(/** @type {any} */ (box).value)),
      ),
  };
}

const CONTROLS = {
  switch: switchControl,
  choice: choiceControl,
  number: numberControl,
  text: textControl,
  list: listControl,
  pair: listControl,
  choices: choicesControl,
};

/**
 * Make the control of a field.
 * @param {Field} field
 * @param {string} id
 * @param {Told} told
 * @returns {Control | null} null where no control is known for it
 */
export function control(field, id, told) {
  const make = /** @type {any} */ (CONTROLS)[field.kind];
  return make ? make(field, id, told) : null;
}
