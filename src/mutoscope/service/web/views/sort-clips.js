// @ts-check
/** The clips of a sort as strips, or what a query has found in them. */
import { address, get } from "../api.js";
import { fill, h } from "../element.js";
import { length } from "../format.js";
import "../parts/muto-strip.js";
import { texts } from "../texts.js";
import { HEAT_METERS, heatOf } from "./sort-heat.js";

const told = texts.sort;
const POINTS = 240;

export class Clips {
  /** @param {any} sorted @param {import("./sort-decisions.js").Decisions} decisions @param {(clip: any, seconds?: number) => void} choose */
  constructor(sorted, decisions, choose) {
    this.sorted = sorted;
    this.decisions = decisions;
    this.choose = choose;
    /** @type {Map<number, HTMLElement>} */
    this.rows = new Map();
    /** @type {Map<number, any>} */
    this.heats = new Map();
    this.list = h("ol", { class: "sort-clips" });
    this.element = h("section", { class: "sort-list", "aria-label": told.clips }, this.list, this.failed());
    // Curves of hundreds of clips are only fetched for those that are seen.
    this.watcher = new IntersectionObserver((seen) => {
      for (const { isIntersecting, target } of seen) if (isIntersecting) void this.warm(Number(/** @type {HTMLElement} */ (target).dataset.clip));
    });
    this.all();
  }

  all() {
    this.rows.clear();
    this.watcher.disconnect();
    fill(this.list, this.sorted.clips.map((/** @type {any} */ clip) => this.row(clip)));
  }

  /** @param {any} clip */
  row(clip) {
    const strip = h("muto-strip", { class: "sort-small" });
    const facts = [length(clip.duration_s), clip.is_best_of_group && this.groupSize(clip.group) > 1 ? told.best : ""].filter(Boolean);
    const made = h("li", { data: { clip: clip.number } },
      h("button", { class: "sort-clip", type: "button", onclick: () => this.choose(clip) },
        h("span", { class: "sort-thumb" }, clip.pictures[0] && h("img", { src: clip.pictures[0], alt: "", loading: "lazy" })),
        h("span", { class: "sort-name" }, h("span", { class: "sort-title" }, clip.name), h("span", { class: "small quiet numbers" }, facts.join(" · "))),
        strip));
    this.rows.set(clip.number, made);
    this.watcher.observe(made);
    this.draw(clip);
    return made;
  }

  /** @param {number | null} group */
  groupSize(group) {
    return group === null ? 1 : this.sorted.clips.filter((/** @type {any} */ one) => one.group === group).length;
  }

  /** @param {number} number */
  async warm(number) {
    if (this.heats.has(number)) return;
    this.heats.set(number, []);
    const clip = this.sorted.clips[number];
    const scores = await get(address(clip.scores, { points: POINTS, meters: HEAT_METERS })).catch(() => null);
    if (!scores) return;
    this.heats.set(number, heatOf(scores, this.sorted.meters));
    this.draw(clip);
  }

  /** @param {any} clip */
  draw(clip) {
    const strip = /** @type {any} */ (this.rows.get(clip.number)?.querySelector("muto-strip"));
    if (!strip) return;
    strip.data = {
      duration: clip.duration_s,
      label: told.strip(clip.name),
      heat: this.heats.get(clip.number) ?? [],
      stretches: clip.segments.map((/** @type {any} */ one) => {
        const own = this.decisions.of(clip.number, one);
        return { ...one, verdict: own ?? one.verdict, isOwn: Boolean(own) };
      }),
    };
  }

  refresh() {
    for (const number of this.rows.keys()) this.draw(this.sorted.clips[number]);
  }

  /** @param {any} chosen */
  mark(chosen) {
    for (const [number, row] of this.rows) {
      row.querySelector("button")?.setAttribute("aria-current", String(number === chosen?.number));
    }
  }

  /** @param {any[]} hits */
  found(hits) {
    this.rows.clear();
    this.watcher.disconnect();
    fill(this.list, hits.map((hit) => {
      const clip = this.sorted.clips[hit.clip ?? -1];
      return h("li", null, h("button", { class: "sort-hit", type: "button", disabled: !clip, onclick: () => this.choose(clip, hit.start_s + 1e-3) },
        h("span", { class: `sort-dot is-${hit.verdict}` }),
        h("span", { class: "sort-name" }, h("span", { class: "sort-title" }, hit.name), h("span", { class: "small quiet" }, hit.why)),
        h("span", { class: "small quiet numbers" }, `${hit.start_timecode}–${hit.end_timecode}`)));
    }));
  }

  failed() {
    const { failed } = this.sorted;
    return failed.length > 0 && h("details", { class: "small" }, h("summary", null, told.failed(failed.length)),
      h("ul", { class: "files" }, failed.map((/** @type {any} */ one) => h("li", null, `${one.name}: ${one.reason}`))));
  }
}
