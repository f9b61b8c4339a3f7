// @ts-check
/** What is said of a job, in the list and while one watches. */
import { get } from "../api.js";
import { rate } from "../format.js";
import { texts } from "../texts.js";

/** "Filtering". @param {any} job */
export const doing = (job) => texts.kinds[job.kind]?.doing ?? job.kind;

/** "Filtered". @param {any} job */
export const nameOf = (job) => texts.kinds[job.kind]?.name ?? job.kind;

/** Ids of the films or pictures that a job works on, the main one first. @param {any} job @returns {string[]} */
export function filmsOf(job) {
  const { source, footage, films, painting, picture, film, motion } = job.request?.inputs ?? {};
  const main = source ?? footage ?? films ?? painting ?? picture ?? film ?? motion;
  return [main].flat().filter((one) => String(one).startsWith("m_"));
}

/** @type {Map<string, Promise<any>>} */
const known = new Map();

/** The first of them, asked for once; null where it was deleted. @param {any} job @returns {Promise<any>} */
export async function firstFilm(job) {
  // In lists jobs do not say what they work on.
  const [id] = filmsOf(job.request ? job : ((await once(`/api/jobs/${job.id}`)) ?? {}));
  return id ? once(`/api/media/${id}`) : null;
}

/** @param {string} path @returns {Promise<any>} null where there is nothing */
function once(path) {
  const asked = known.get(path) ?? get(path).catch(() => (known.delete(path), null));
  known.set(path, asked);
  return asked;
}

/** Stages that come before the work proper: how long they take says nothing of the whole. */
const EARLY = ["find cuts", "calibrate", "upload"];

/** How long the rest takes, s; null where nobody knows. @param {any} job @returns {number | null} */
export function leftOf(job) {
  const told = job.progress;
  return told && !EARLY.includes(told.stage) ? (told.seconds_left ?? null) : null;
}

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
