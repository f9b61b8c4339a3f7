// @ts-check
/** A draft of what is to be made, and the requests, recipes and command lines that follow from it. */
import { choiceOf, isOfFilm, isOfStep } from "./choices.js";

/**
 * @typedef {object} Draft
 * @property {string} kind
 * @property {any[]} media the films and pictures
 * @property {Record<string, any>} values parameters that differ from the defaults
 * @property {Record<string, string>} inputs other media by role: model, motion, guide
 * @property {any[]} steps of a recipe: {effect, params, off}
 */

/** Cards that are switched off are left out, and so is the switch. @param {any[]} items */
const used = (items) => items.filter((one) => !one.off).map(({ off: _off, ...rest }) => rest);

/** @param {Draft} draft */
export function parametersOf(draft) {
  const { values } = draft;
  return Array.isArray(values.layers) ? { ...values, layers: used(values.layers) } : values;
}

/** What is still to be chosen before it can run: the name of a role or parameter, or null. @param {Draft} draft */
export function missing(draft) {
  if (!draft.media.length) return "source";
  if (draft.kind === "stylize" && !draft.values.style) return "style";
  if (draft.kind === "filter" && !draft.values.name) return "name";
  if (draft.kind === "autoencode" && !draft.inputs.model) return "model";
  if (draft.kind === "datamosh" && draft.values.mode === "transplant" && !draft.inputs.motion) return "motion";
  if (draft.kind === "recipe" && !used(draft.steps).length) return "steps";
  return null;
}

/**
 * The jobs that make it: one for each film, where a job takes one.
 * @param {Draft} draft
 * @returns {any[]}
 */
export function requestsOf(draft) {
  const ids = draft.media.map((one) => one.id);
  const parameters = parametersOf(draft);
  if (draft.kind === "sort") return [{ kind: "sort", inputs: { footage: ids }, parameters }];
  if (draft.kind === "recipe")
    return [{ kind: "recipe", inputs: { source: ids }, parameters, recipe: recipeOf(draft) }];
  return ids.map((source) => ({ kind: draft.kind, inputs: { source, ...draft.inputs }, parameters }));
}

/**
 * A look at a frame, or some seconds.
 * @param {Draft} draft
 * @param {{at: number, seconds?: number, size: number}} look
 */
export function previewOf(draft, { at, seconds, size }) {
  const [first] = requestsOf({ ...draft, media: draft.media.slice(0, 1) });
  const parameters = Object.fromEntries(
    Object.entries(first.parameters).filter(([name]) => !["report", "compare", "review"].includes(name)),
  );
  return { ...first, parameters, preview: { at: `${at.toFixed(3)}s`, ...(seconds ? { seconds } : {}), size } };
}

/**
 * The recipe that does the same; null where no recipe can.
 * @param {Draft} draft
 * @param {string | null} [effect] of this kind of job
 * @returns {any}
 */
export function recipeOf(draft, effect = null) {
  if (draft.kind === "recipe") return { step: used(draft.steps) };
  if (!effect) return null;
  const step = /** @type {Record<string, any>} */ ({ effect });
  const params = /** @type {Record<string, any>} */ ({});
  const film = /** @type {Record<string, any>} */ ({});
  for (const [name, value] of Object.entries(parametersOf(draft))) {
    if (isOfFilm(name)) film[name] = value;
    else if (isOfStep(name)) step[name] = value;
    else if (!["report", "compare"].includes(name)) params[name] = value;
  }
  if (Array.isArray(step.mask)) {
    if (step.mask.length > 1) return null; // regions have steps of their own
    step.mask = step.mask[0];
    if (!step.mask) delete step.mask;
  }
  if (draft.inputs.model) params.model = `media:${draft.inputs.model}`;
  if (draft.inputs.motion) step.inputs = { motion: `media:${draft.inputs.motion}` };
  if (Object.keys(params).length) step.params = params;
  return { ...(Object.keys(film).length ? { film } : {}), step: [step] };
}

const OPTIONS = new Set([
  "name",
  "style",
  "strength",
  "size",
  "codec",
  "crf",
  "bit_depth",
  "seed",
  "device",
  "mask",
  "feather",
  "mix",
  "smooth",
  "palette",
  "preset",
  "mode",
  "colours",
  "noise",
  "layers",
]);

/**
 * The command that does the same.
 * @param {Draft} draft
 * @param {string} verb
 * @param {(text: string) => string} named puts names of files in the place of media
 */
export function commandOf(draft, verb, named) {
  const sources = draft.media.map((one) => quoted(one.name));
  if (draft.kind === "recipe") return `mutoscope run recipe.toml ${sources.join(" ")} out/`;
  const said = Object.entries(parametersOf(draft)).flatMap(([name, value]) => {
    if (name === "layers") return ["--layers layers.toml"];
    if (name === "export") return [`--export ${value.join(",")}`];
    if (value === true && ["quick", "assemble", "report", "compare", "invert_mask"].includes(name))
      return [`--${name.replace("_", "-")}`];
    const text = named(Array.isArray(value) ? value.join(",") : String(value));
    return [OPTIONS.has(name) ? `--${name.replaceAll("_", "-")} ${quoted(text)}` : `-o ${quoted(`${name}=${text}`)}`];
  });
  if (draft.kind === "sort") return ["mutoscope sort", "rushes/", "--out report/", ...said].join(" ");
  const model = draft.inputs.model ? [`--model ${quoted(named(`media:${draft.inputs.model}`))}`] : [];
  const motion = draft.inputs.motion ? [quoted(named(`media:${draft.inputs.motion}`))] : [];
  const suffix = draft.media[0]?.kind === "picture" ? ".png" : ".mp4";
  return [`mutoscope ${verb}`, sources[0], ...motion, `out${suffix}`, ...model, ...said].join(" ");
}

/** For a shell. @param {string} text */
function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The draft of a job that was asked for before.
 * @param {any} request
 * @param {any[]} media
 * @returns {Draft | null}
 */
export function draftOf(request, media) {
  if (!choiceOf(request.kind)) return null;
  const { source: _source, footage: _footage, ...inputs } = request.inputs ?? {};
  return { kind: request.kind, media, values: request.parameters ?? {}, inputs, steps: request.recipe?.step ?? [] };
}
