// @ts-check
/** What is at work: one list for all views, asked for as seldom as will do. */
import { connection, get, post, remove, submit } from "./api.js";
import { Store } from "./state.js";

/** @type {Store<any[]>} Jobs that wait or run, without previews; newest first. */
export const working = new Store(/** @type {any[]} */ ([]));

const BUSY_MS = 3000;
const CALM_MS = 20000;

/** @type {number | undefined} */
let timer;

/** Look now, and keep looking: often while something runs, seldom else, never in a hidden window. */
export async function lookAtJobs() {
  clearTimeout(timer);
  if (!document.hidden && connection.value !== "locked") {
    try {
      const page = await get("/api/jobs?state=queued&state=running&limit=50");
      const batch = page.jobs.filter((/** @type {any} */ one) => one.lane === "batch");
      if (JSON.stringify(batch) !== JSON.stringify(working.value)) working.value = batch;
    } catch {
      // Whoever needs an answer says what is wrong; this only counts.
    }
  }
  timer = setTimeout(lookAtJobs, working.value.length ? BUSY_MS : CALM_MS);
}

/**
 * Submit a job of a film, not a preview.
 * @param {any} body
 */
export async function begin(body) {
  const job = await submit(body);
  void lookAtJobs();
  return job;
}

/** @param {string} id */
export async function cancel(id) {
  const job = await post(`/api/jobs/${id}/cancel`);
  void lookAtJobs();
  return job;
}

/** @param {string} id */
export async function retry(id) {
  const job = await post(`/api/jobs/${id}/retry`, undefined);
  void lookAtJobs();
  return job;
}

/**
 * Wait until a job has ended.
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function ended(id, signal) {
  for (;;) {
    const job = await get(`/api/jobs/${id}?wait=30`, { signal });
    if (!["queued", "running"].includes(job.state)) return job;
  }
}

/**
 * Throw a preview away: it is stopped, and what it made does not fill the library.
 * @param {string} id
 */
export async function discard(id) {
  try {
    const job = await get(`/api/jobs/${id}`);
    if (["queued", "running"].includes(job.state)) {
      await post(`/api/jobs/${id}/cancel`).catch(() => null);
      await ended(id);
    }
    await remove(`/api/jobs/${id}`);
  } catch {
    // It is gone already, or stays; it is only a preview.
  }
}

/**
 * The main file that a job has made.
 * @param {any} job
 * @returns {string | null} id of the media
 */
export function resultOf(job) {
  const wanted = ["result", "preview", "sheet", "export", "model"];
  const found = wanted.map((role) => job.results?.find((/** @type {any} */ one) => one.role === role)).find(Boolean);
  return (found ?? job.results?.[0])?.id ?? null;
}

document.addEventListener("visibilitychange", () => !document.hidden && void lookAtJobs());
