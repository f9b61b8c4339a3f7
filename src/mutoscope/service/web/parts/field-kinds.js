// @ts-check
/** Reads what a JSON schema says about one parameter: enough to choose a control for it. */
import { texts } from "../texts.js";

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string} help first sentence
 * @property {string} more what follows it
 * @property {"number" | "switch" | "choice" | "choices" | "text" | "list" | "pair" | "rows"} kind
 * @property {boolean} whole whether it is a whole number
 * @property {number | null} min
 * @property {number | null} max
 * @property {boolean} keyframes may move over time, as text
 * @property {boolean} nullable may be left to the program
 * @property {any} fallback the default
 * @property {any[]} options of a choice
 * @property {any} spec
 */

/**
 * @param {string} name
 * @param {any} spec of the field
 * @param {any} [defs] of the whole schema
 * @returns {Field}
 */
export function fieldOf(name, spec, defs = {}) {
  const variants = (spec.anyOf ?? [spec]).map((/** @type {any} */ one) =>
    one.$ref ? { ...one, ...defs[one.$ref.split("/").pop()] } : one,
  );
  const types = new Set(variants.flatMap((/** @type {any} */ one) => one.type ?? []));
  const main =
    variants.find((/** @type {any} */ one) =>
      [one.type].flat().some((type) => type === "number" || type === "integer"),
    ) ??
    variants.find((/** @type {any} */ one) => one.type !== "null") ??
    spec;
  const description = (spec.description ?? "").replace(/\s+/g, " ").trim();
  const [help, more] = sentences(description);
  const numeric = types.has("number") || types.has("integer");
  return {
    name,
    label: texts.fields[name] ?? labelOf(name),
    help,
    more,
    kind: kindOf(main, types, numeric),
    whole: !types.has("number"),
    min: main.minimum ?? main.exclusiveMinimum ?? null,
    max: main.maximum ?? main.exclusiveMaximum ?? null,
    keyframes: spec.keyframes === true,
    nullable: types.has("null"),
    fallback: spec.default ?? null,
    options: main.enum ?? main.items?.enum ?? [],
    spec: main,
  };
}

/** @param {any} main @param {Set<any>} types @param {boolean} numeric @returns {Field["kind"]} */
function kindOf(main, types, numeric) {
  if (main.enum) return "choice";
  if (types.has("boolean")) return "switch";
  if (numeric) return "number";
  if (types.has("array")) {
    if (main.prefixItems) return "pair";
    if (main.items?.enum) return "choices";
    return main.items?.$ref || main.items?.type === "object" ? "rows" : "list";
  }
  return "text";
}

/** "Style scale". @param {string} name */
function labelOf(name) {
  const words = name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}

/** The first sentence, and the rest. @param {string} text @returns {[string, string]} */
function sentences(text) {
  const found = /^(.{12,}?[.;:])\s+(?=\S)/.exec(text);
  if (!found || text.length < 90) return [text, ""];
  return [found[1].replace(/[;:]$/, "."), text.slice(found[0].length)];
}

/** "Great wave" of "great-wave", "mean_covariance". @param {any} option */
export function optionLabel(option) {
  const text = String(option);
  if (texts.options[text]) return texts.options[text];
  if (/\d/.test(text)) return text;
  const words = text.replace(/[-_]/g, " ");
  return words[0].toUpperCase() + words.slice(1);
}

/** How far sliders go at first whose bounds are far away; a number that is typed may lie beyond. */
const FAR = /** @type {Record<string, number>} */ ({
  agents: 1000,
  beta: 12,
  fade: 60,
  gamma: 1000,
  iterations: 300,
  iterations_next: 100,
  lifespan: 60,
  minutes: 60,
  repeat: 100,
  respawn: 60,
  size: 3840,
  steps_per_frame: 10,
});

/** Words that are often meant where any text is allowed. */
export const SUGGESTED = /** @type {Record<string, string[]>} */ ({
  classes: ["top", "dog", "cat", "bird", "car", "person"],
  codec: ["h264", "vp9", "av1", "prores", "dnxhr"],
  mask: ["subject", "background", "attention"],
  palette: ["sepia", "newsprint", "red-scare", "handheld", "cyanotype", "drained", "seventies", "neon"],
});

/**
 * How far a slider goes: the bounds, where they are near; else as far as makes sense around the default.
 * @param {Field} field
 * @returns {{min: number, max: number, step: number, isLog: boolean}}
 */
export function reach(field) {
  const usual = typeof field.fallback === "number" ? field.fallback : 1;
  const min = field.min ?? 0;
  const far = FAR[field.name] ?? Math.max(Math.abs(usual) * 5, 1);
  const max = field.max !== null && (field.max <= far || (field.max <= 100 && !FAR[field.name])) ? field.max : far;
  const span = max - min;
  const isLog = !field.whole ? false : span > 2000 && min >= 0;
  const step = field.whole ? 1 : 10 ** Math.floor(Math.log10(span / 50));
  return { min, max, step, isLog };
}
