// @ts-check
/** What is said of a job, in the list and while one watches. */
import { rate } from "../format.js";
import { texts } from "../texts.js";

/** "Filtering". @param {any} job */
export const doing = (job) => texts.kinds[job.kind]?.doing ?? job.kind;

/** "Filtered". @param {any} job */
export const nameOf = (job) => texts.kinds[job.kind]?.name ?? job.kind;

/** How far the stage is, 0..1; null where nobody knows. @param {any} job @returns {number | null} */
export function share(job) {
  const told = job.progress;
  return told?.total ? Math.min(1, told.done / told.total) : null;
}

/** "Making frames: 12 of 48 frames". @param {any} job */
export function stageOf(job) {
  const told = job.progress;
  if (!told) return texts.watch.begins;
  const stage = texts.stages[told.stage] ?? told.stage[0].toUpperCase() + told.stage.slice(1);
  return `${stage}: ${texts.watch.count(told.done, told.total, told.unit)}`;
}

/** "3.1 frames a second". @param {any} job */
export function rateOf(job) {
  const told = job.progress;
  return told?.rate > 0.01 ? texts.watch.rate(rate(told.rate), told.unit) : "";
}

/** "The Great Wave, Katsushika Hokusai"; of patterns their name. @param {any} filter */
export function filterTitle(filter) {
  const title = filter.title || filter.name.replaceAll("-", " ");
  return title[0].toUpperCase() + title.slice(1);
}
