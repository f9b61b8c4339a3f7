// @ts-check
/** A number: a slider for the hand, a field for the exact value, and, where it may move over time, a text. */
import { h, icon } from "../element.js";
import { texts } from "../texts.js";
import { reach } from "./field-kinds.js";

/**
 * @typedef {import("./field-kinds.js").Field} Field
 * @typedef {import("./field-controls.js").Told} Told
 * @typedef {import("./field-controls.js").Control} Control
 */

/** @param {Field} field @param {string} id @param {Told} told @returns {Control} */
export function numberControl(field, id, told) {
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
      if (now !== null && toSlider(now) > Number(s.max)) s.max = String(toSlider(now));
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
