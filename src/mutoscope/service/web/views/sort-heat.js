// @ts-check
/** Turns the curves of a clip into heat: how bad blur, light and shake are over time. */

/** What each row of heat takes: probabilities as they are, measures against twice their limit. */
const ROWS = [["p_blurred"], ["p_under", "p_over"], ["shake"]];
export const HEAT_METERS = ROWS.flat().join(",");

/**
 * @param {any} scores of the API
 * @param {any[]} meters with their limits
 * @returns {import("../parts/muto-strip.js").Heat[]}
 */
export function heatOf(scores, meters) {
  return ROWS.map((names) => {
    const curves = names.map((name) => {
      const found = scores.curves.find((/** @type {any} */ one) => one.name === name);
      const limit = meters.find((one) => one.name === name)?.limits?.[0];
      const most = name.startsWith("p_") ? 1 : 2 * (limit || 1);
      return (found?.values ?? []).map((/** @type {number | null} */ value) => (value === null ? null : value / most));
    });
    const values = scores.seconds.map((/** @type {number} */ _second, /** @type {number} */ n) => {
      const known = curves.map((one) => one[n]).filter((value) => typeof value === "number");
      return known.length ? Math.max(...known) : null;
    });
    return { seconds: scores.seconds, values };
  });
}
