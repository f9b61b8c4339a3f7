// @ts-check
/** What a view of a job says while there is nothing to be seen of it, or never will be. */
import { fill, h } from "../element.js";
import { sentence } from "../parts/notices.js";
import { texts } from "../texts.js";

/**
 * @param {HTMLElement} root
 * @param {any} job
 * @param {string} title
 * @param {string} nothing why there is nothing where the job has ended
 */
export function notYet(root, job, title, nothing) {
  const isWaiting = job.state === "queued" || job.state === "running";
  fill(
    root,
    h(
      "div",
      { class: "plain" },
      h("h1", null, title),
      h("p", null, isWaiting ? texts.compare.waiting : sentence(job.problem?.detail ?? "") || nothing),
      h(
        "p",
        { class: "row" },
        h("a", { class: "button is-main", href: `/watch/${job.id}` }, texts.compare.watch),
        h("a", { class: "button", href: "/library" }, texts.nav.library),
      ),
    ),
  );
}
