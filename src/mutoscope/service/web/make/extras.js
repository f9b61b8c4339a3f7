// @ts-check
/** What a kind has beside its form: paintings, filters, layers, steps, a model, a second film. */
import { filtersExtra } from "./filters.js";
import { layersExtra } from "./layers.js";
import { pickExtra } from "./pick.js";
import { stepsExtra } from "./steps.js";
import { stylesExtra } from "./styles.js";

/**
 * @typedef {object} Extra
 * @property {HTMLElement | null} above the form
 * @property {HTMLElement | null} below the stage
 * @property {boolean} isWide whether the stage wants the larger part
 * @property {() => void} show the draft as it is now
 */

/** @param {import("./bench.js").Bench} bench @returns {Extra} */
export function extrasOf(bench) {
  const kinds = /** @type {Record<string, () => Partial<Extra>>} */ ({
    stylize: () => stylesExtra(bench),
    filter: () => filtersExtra(bench),
    corrupt: () => layersExtra(bench),
    recipe: () => stepsExtra(bench),
    autoencode: () => pickExtra(bench, "model", ["model"]),
    datamosh: () => pickExtra(bench, "motion", ["video"]),
  });
  return { above: null, below: null, isWide: true, show: () => {}, ...kinds[bench.draft.kind]?.() };
}

/** Lead to what is still to be chosen. @param {Extra} extra */
export function leadTo({ above, below }) {
  const place = below ?? above;
  if (!place) return;
  place.scrollIntoView({ block: "center" });
  const first = place.querySelector("input:not([type=file], [type=search]), button, a, select");
  /** @type {HTMLElement | null} */ (first)?.focus({ preventScroll: true });
  place.classList.remove("is-wanted");
  requestAnimationFrame(() => place.classList.add("is-wanted"));
}
