// @ts-check
/** Files for editors: written by a job, then offered here. */
import { get, post } from "../api.js";
import { fill, h, icon } from "../element.js";
import { ended } from "../jobs.js";
import { fileOf } from "../media.js";
import { tell } from "../parts/notices.js";
import { texts } from "../texts.js";

const told = texts.sort;

/**
 * @param {any} job that sorted
 * @param {AbortSignal} signal
 */
export function exports(job, signal) {
  const place = h("div", { class: "sort-files", role: "status" });
  const buttons = Object.entries(told.formats).map(([format, name]) =>
    h("button", { class: "button", type: "button", onclick: () => void write([format]) }, name));

  /** @param {string[]} formats */
  async function write(formats) {
    for (const one of buttons) one.disabled = true;
    fill(place, h("span", { class: "pulse" }), h("span", null, told.exporting));
    try {
      const begun = await post(`/api/sort/${job.id}/exports`, { formats });
      const done = await ended(begun.id, signal);
      if (done.state === "failed") fill(place, h("p", { class: "state is-bad" }, icon("warn"), done.problem?.detail ?? ""));
      else offer(done);
    } catch (error) {
      fill(place);
      tell(error);
    }
    for (const one of buttons) one.disabled = false;
  }

  /** @param {any} done */
  function offer(done) {
    const files = done.results.filter((/** @type {any} */ one) => one.role === "export");
    fill(place, files.map((/** @type {any} */ one) =>
      h("a", { class: "button is-plain", href: fileOf(one.id), download: one.name }, icon("download"), one.name)));
  }

  const report = job.results.find((/** @type {any} */ one) => one.name === "report.html");
  offer(job);
  return h("section", { class: "panel" },
    h("h2", null, told.export),
    h("div", { class: "row" }, buttons,
      h("a", { class: "button", href: `/api/sort/${job.id}/decisions?format=csv`, download: "decisions.csv" }, told.decisions),
      report && h("a", { class: "button", href: fileOf(report.id), download: report.name }, told.report)),
    place);
}

/** @param {string} job @returns {Promise<any>} */
export const sortJob = (job) => get(`/api/jobs/${job}`);
