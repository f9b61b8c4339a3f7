// @ts-check
/**
 * Controls for one parameter each: they show a value, and tell when somebody changes it.
 * Each gives `{element, set}`; `set(value)` shows another value without telling.
 */
import { fill, h, icon } from "../element.js";
import { texts } from "../texts.js";
import { optionLabel, reach } from "./field-kinds.js";

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
function numberControl(field, id, told) {
  const { min, max, step, isLog } = reach(field);
  const toSlider = (/** @type {number} */ value) => (isLog ? Math.log1p(value - min) : value);
  const fromSlider = (/** @type {number} */ value) => (isLog ? Math.round(Math.expm1(value) + min) : value);
  const slider = h("input", {
    type: "range",
    class: "slider",
    min: toSlider(min),
    max: toSlider(max),
    step: isLog ? "any" : step,
    "aria-label": field.label,
    tabindex: "0",
  });
  const box = h("input", {
    type: "text",
    inputmode: "decimal",
    class: "input numbers number",
    id,
    autocomplete: "off",
  });
  const moving = h("input", {
    type: "text",
    class: "input",
    "aria-label": `${field.label}: ${texts.form.moves}`,
    placeholder: texts.form.movesLike,
    spellcheck: "false",
    autocomplete: "off",
  });
  const line = h("div", { class: "number-line" }, slider, box);
  const turn = h(
    "button",
    {
      class: "button is-icon is-small",
      type: "button",
      "aria-label": `${field.label}: ${texts.form.moves}`,
      title: texts.form.moves,
      "aria-pressed": "false",
    },
    icon("clock"),
  );
  const element = h("div", { class: "number-field" }, line, moving, field.keyframes && turn);
  const s = /** @type {any} */ (slider);
  const b = /** @type {any} */ (box);
  const m = /** @type {any} */ (moving);

  /** @param {boolean} isMoving */
  const show = (isMoving) => {
    line.hidden = isMoving;
    moving.hidden = !isMoving;
    turn.setAttribute("aria-pressed", String(isMoving));
    // The label leads to what is seen.
    moving.toggleAttribute("id", false);
    if (isMoving) moving.id = id;
    box.id = isMoving ? "" : id;
    if (isMoving) box.removeAttribute("id");
  };
  const set = (/** @type {any} */ value) => {
    const now = value ?? field.fallback;
    const isMoving = typeof now === "string";
    show(isMoving);
    if (isMoving) m.value = now;
    else {
      b.value = now === null ? "" : String(Math.round(now * 1e6) / 1e6);
      b.placeholder = now === null ? texts.form.auto : "";
      s.value = String(toSlider(now ?? min));
      slider.classList.toggle("is-unset", now === null);
    }
    s.style.setProperty("--share", String((Number(s.value) - Number(s.min)) / (Number(s.max) - Number(s.min) || 1)));
  };
  slider.addEventListener("input", () => {
    const value = fromSlider(Number(s.value));
    set(value);
    told(value);
  });
  const typed = () => {
    const text = b.value.trim().replace(",", ".");
    if (!text) return told(field.nullable ? null : field.fallback);
    const number = Number(text);
    if (!Number.isFinite(number)) return set(undefined);
    const whole = field.whole ? Math.round(number) : number;
    const value = Math.min(field.max ?? Infinity, Math.max(field.min ?? -Infinity, whole));
    set(value);
    told(value);
  };
  box.addEventListener("change", typed);
  box.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[/** @type {KeyboardEvent} */ (event).key];
    if (!way) return;
    event.preventDefault();
    const from = Number(b.value) || 0;
    b.value = String(Math.round((from + way * step) * 1e6) / 1e6);
    typed();
  });
  moving.addEventListener("change", () => told(m.value.trim() || field.fallback));
  turn.addEventListener("click", () => {
    if (line.hidden) {
      set(field.fallback);
      told(field.fallback);
    } else {
      const now = b.value || String(field.fallback ?? 0);
      set(`0s:${now}, 2s:${now}`);
      moving.focus();
    }
  });
  return { element, set };
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
  return { element: box, set: (value) => /** @type {any} */ (box.value = value ?? field.fallback ?? "") };
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
