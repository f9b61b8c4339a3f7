// @ts-check
/** What can be made, in the order of the pictures; and which parameters of each one decides about first. */

/**
 * @typedef {object} Choice
 * @property {string} kind of job
 * @property {string} picture
 * @property {string[]} basic parameters that are shown first
 * @property {string[]} hidden parameters that have a control of their own, or are not for people
 * @property {("video" | "picture")[]} takes
 * @property {boolean} [many] all films in one job
 * @property {boolean} [previews]
 */

const FILM = ["size", "codec", "crf", "bit_depth", "effort", "seed", "device", "threads", "piece_frames"];
const MASK = ["mask", "feather", "invert_mask"];

/** @type {Choice[]} */
export const CHOICES = [
  {
    kind: "stylize",
    picture: "paint",
    basic: ["strength", "beta", "style_scale", "hold", "colours"],
    hidden: ["style", "regions", "weights"],
    takes: ["video", "picture"],
    previews: true,
  },
  {
    kind: "filter",
    picture: "filter",
    basic: ["strength", "smooth", "keep_colours", "palette"],
    hidden: ["name", "file", "mix"],
    takes: ["video", "picture"],
    previews: true,
  },
  {
    kind: "corrupt",
    picture: "corrupt",
    basic: ["classes", "start"],
    hidden: ["preset", "layers"],
    takes: ["video", "picture"],
    previews: true,
  },
  {
    kind: "datamosh",
    picture: "datamosh",
    basic: ["mode", "times", "length", "repeat", "amount", "strength"],
    hidden: [],
    takes: ["video"],
    previews: true,
  },
  {
    kind: "autoencode",
    picture: "autoencode",
    basic: ["strength", "noise", "exaggerate", "smooth"],
    hidden: ["bends"],
    takes: ["video", "picture"],
    previews: true,
  },
  {
    kind: "sort",
    picture: "sort",
    basic: ["preset", "export", "quick", "assemble"],
    hidden: ["calibration"],
    takes: ["video"],
    many: true,
  },
  {
    kind: "recipe",
    picture: "recipe",
    basic: ["review"],
    hidden: [],
    takes: ["video", "picture"],
    many: true,
    previews: true,
  },
];

/** @param {string | null} kind */
export const choiceOf = (kind) => CHOICES.find((one) => one.kind === kind) ?? null;

/**
 * Put the parameters of a kind into groups.
 * @param {Choice} choice
 * @param {string[]} names of all parameters
 */
export function groupsOf(choice, names) {
  const has = (/** @type {string[]} */ some) => some.filter((name) => names.includes(name));
  const known = new Set([...choice.basic, ...choice.hidden, ...FILM, ...MASK]);
  return {
    basic: has(choice.basic),
    advanced: names.filter((name) => !known.has(name)),
    mask: has(MASK),
    film: has(FILM),
  };
}

/** Parameters that a recipe says of the film, not of a step. */
export const isOfFilm = (/** @type {string} */ name) => FILM.includes(name);
/** Parameters that a recipe says of the step, not of its effect. */
export const isOfStep = (/** @type {string} */ name) => MASK.includes(name);
