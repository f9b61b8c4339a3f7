// @ts-check
/** A job as a row: its latest frame, what it does, how far it is. */
import { fill, h, icon } from "../element.js";
import { ago, money, span } from "../format.js";
import { texts } from "../texts.js";
import { menu } from "./muto-menu.js";
import { progress } from "./muto-progress.js";
import { doing, firstFilm, leftOf, nameOf, share, stageOf } from "../views/telling.js";

const RUNS = ["queued", "running"];

/**
 * Make a row.
 * @param {any} job
 * @param {{items: (job: any) => any[]}} how
 */
export function jobRow(job, { items }) {
  const row = h("li", { class: "job" });
  drawJob(row, job, items);
  return row;
}

/** @param {HTMLElement} row @param {any} job @param {(job: any) => any[]} items */
export function drawJob(row, job, items) {
  row.dataset.state = job.state;
  const runs = RUNS.includes(job.state);
  const left = leftOf(job);
  const picture = h(
    "span",
    { class: "job-picture" },
    job.preview
      ? h("img", { src: job.preview, alt: "", loading: "lazy", class: "is-here" })
      : icon(runs ? "clock" : "film"),
  );
  const name = h("span", { class: "job-name" }, runs ? doing(job) : nameOf(job));
  const line = runs
    ? job.state === "queued"
      ? texts.states.queued
      : [stageOf(job), left !== null && texts.watch.left(span(left))].filter(Boolean).join(" · ")
    : [ago(job.created_at), job.cost ? money(job.cost) : null].filter(Boolean).join(" · ");
  const state = { done: ["is-good", "check"], failed: ["is-bad", "warn"], partial: ["is-bad", "warn"] }[
    /** @type {string} */ (job.state)
  ];
  fill(
    row,
    h(
      "a",
      { class: "job-link", href: `/watch/${job.id}` },
      picture,
      h(
        "span",
        { class: "job-told" },
        name,
        h("span", { class: "small quiet numbers" }, line),
        job.problem && h("span", { class: "small job-problem" }, job.problem.detail),
      ),
    ),
    runs
      ? progress(job.state === "queued" ? null : share(job), doing(job))
      : h(
          "span",
          { class: `state small ${state?.[0] ?? "quiet"}` },
          state && icon(/** @type {any} */ (state[1])),
          texts.states[job.state],
        ),
    menu(texts.common.actions(nameOf(job)), () => items(job)),
  );
  // Only of jobs that run: what those work on cannot have been deleted.
  if (runs) void named(name, picture, job);
}

/** Say what film a job works on, and show it until there is a frame. @param {HTMLElement} name @param {HTMLElement} picture @param {any} job */
async function named(name, picture, job) {
  const film = await firstFilm(job);
  if (!film) return;
  name.textContent = texts.watch.of(doing(job), film.name);
  const poster = film.links?.poster;
  if (!job.preview && poster) fill(picture, h("img", { src: poster, alt: "", class: "is-here is-waiting" }));
}
