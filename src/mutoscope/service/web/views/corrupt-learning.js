// @ts-check
/** The learning curve of a layer: returns of episodes and their running mean, thinned so that no dip is lost. */
import { ask } from "../api.js";
import { fileOf } from "../media.js";

const BUCKETS = 500;
/** A table of a million episodes has 25 MB; the sheet shows those. */
const MOST_BYTES = 12e6;

/** @typedef {{episode: number[], least: number[], most: number[], mean: number[]}} Learning */

/**
 * @param {any} layer of report.json
 * @param {any} file its returns
 * @returns {Promise<Learning | null>}
 */
export async function learningOf(layer, file) {
  if (layer.seen?.learning) return layer.seen.learning;
  if (!file || file.bytes > MOST_BYTES || !layer.episodes) return null;
  const response = await ask("GET", fileOf(file.id), { headers: { Accept: "text/csv" } });
  return thinned(await response.text());
}

/**
 * @param {string} table episode, return, running_mean
 * @returns {Learning}
 */
export function thinned(table) {
  /** @type {Learning} */
  const found = { episode: [], least: [], most: [], mean: [] };
  const rows = table.split("\n").slice(1).filter(Boolean);
  const size = Math.max(1, Math.ceil(rows.length / BUCKETS));
  for (let start = 0; start < rows.length; start += size) {
    const some = rows.slice(start, start + size).map((row) => row.split(",").map(Number));
    const returns = some.map((row) => row[1]);
    found.episode.push(some[0][0]);
    found.least.push(Math.min(...returns));
    found.most.push(Math.max(...returns));
    found.mean.push(some[some.length - 1][2]);
  }
  return found;
}
