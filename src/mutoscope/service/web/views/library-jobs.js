// @ts-check
/** Jobs as rows that move along with what runs. */
import { get, remove } from "../api.js";
import { go } from "../app.js";
import { h } from "../element.js";
import { cancel, retry, working } from "../jobs.js";
import { ask } from "../parts/muto-dialog.js";
import { drawJob, jobRow } from "../parts/muto-job.js";
import { notice, tell } from "../parts/notices.js";
import { texts } from "../texts.js";

const RUNS = ["queued", "running"];
const AGAIN = ["failed", "cancelled", "partial"];

export class JobRows {
  /** @param {{isAll: () => boolean, changed: () => void}} how isAll: whether new jobs belong into the list */
  constructor({ isAll, changed }) {
    this.isAll = isAll;
    this.changed = changed;
    this.element = h("ul", { class: "jobs" });
    this.end = working.watch((all) => this.running(all));
  }

  /** @param {any} job */
  add(job) {
    if (!this.element.querySelector(`[data-id="${job.id}"]`)) this.element.append(this.row(job));
  }

  /** @param {any} job */
  row(job) {
    const row = jobRow(job, { items: (one) => this.items(one, row) });
    row.dataset.id = job.id;
    return row;
  }

  /** @param {any} job @param {HTMLElement} row */
  items(job, row) {
    const runs = RUNS.includes(job.state);
    const { cancel: stop, delete: gone } = texts.common;
    return [
      runs && { label: stop, isBad: true, run: () => cancel(job.id).catch(tell) },
      AGAIN.includes(job.state) && {
        label: texts.watch.retry,
        run: () => retry(job.id).then((one) => go(`/watch/${one.id}`), tell),
      },
      !runs && { label: gone, isBad: true, run: () => this.forget(job, row) },
    ];
  }

  /** @param {any} job @param {HTMLElement} row */
  async forget(job, row) {
    const { deleteJob: title, deleteJobText: text } = texts.library;
    if (!(await ask({ title, text, action: texts.common.delete, isBad: true }))) return;
    try {
      await remove(`/api/jobs/${job.id}`);
      row.remove();
      notice(texts.studio.deleted(1));
      this.changed();
    } catch (error) {
      tell(error);
    }
  }

  /** @param {any[]} all that is at work */
  running(all) {
    const seen = new Map(all.map((one) => [one.id, one]));
    for (const row of /** @type {HTMLElement[]} */ ([...this.element.children])) {
      const id = row.dataset.id ?? "";
      const now = seen.get(id);
      seen.delete(id);
      if (row.querySelector(".menu-list")) continue; // a menu that is open would be lost
      const draw = (/** @type {any} */ job) => drawJob(row, job, (one) => this.items(one, row));
      if (now) draw(now);
      else if (RUNS.includes(row.dataset.state ?? "")) get(`/api/jobs/${id}`).then(draw, () => row.remove());
    }
    if (this.isAll()) for (const one of seen.values()) this.element.prepend(this.row(one));
  }
}
