// @ts-check
/** All that is at work, where no job is named. */
import { fill, h } from "../element.js";
import { cancel, lookAtJobs, working } from "../jobs.js";
import { jobRow } from "../parts/muto-job.js";
import { tell } from "../parts/notices.js";
import { texts } from "../texts.js";

/** @param {HTMLElement} root */
export function listWorking(root) {
  const list = h("ul", { class: "jobs" });
  const items = (/** @type {any} */ job) => [
    { label: texts.common.cancel, isBad: true, run: () => cancel(job.id).catch(tell) },
  ];
  fill(root, h("header", { class: "head" }, h("h1", null, texts.watch.title)), list);
  void lookAtJobs();
  return working.watch((all) => {
    const none = h(
      "li",
      { class: "empty" },
      h("p", null, texts.watch.none),
      h("p", { class: "quiet" }, texts.watch.noneText),
      h("p", { class: "row is-centred" }, h("a", { class: "button is-main", href: "/studio" }, texts.nav.studio)),
    );
    // A menu that is open would be lost with its row.
    if (!list.querySelector(".menu-list")) fill(list, all.length ? all.map((job) => jobRow(job, { items })) : none);
  });
}
