// @ts-check
/** Sort: which seconds of the footage are usable, why, and what a person thinks of it. */
import { address, get } from "../api.js";
import { fill, h, icon } from "../element.js";
import { length } from "../format.js";
import { notice, tell } from "../parts/notices.js";
import { texts } from "../texts.js";
import { notYet } from "./not-yet.js";
import { Clips } from "./sort-clips.js";
import { Decisions } from "./sort-decisions.js";
import { exports } from "./sort-export.js";
import { Player, VERDICTS } from "./sort-player.js";

export const styles = ["/web/vendor/uplot.min.css", "/web/css/curve.css", "/web/css/compare.css", "/web/css/sort.css"];

const told = texts.sort;
const WORDS = "input, textarea, select, [contenteditable]";

/**
 * @param {HTMLElement} root
 * @param {import("../app.js").Params} params
 */
export async function render(root, { id, query }) {
  const stop = new AbortController();
  const job = await get(`/api/jobs/${id}`, { signal: stop.signal });
  if (!["done", "partial"].includes(job.state)) return notYet(root, job, told.title, "");
  const sorted = await get(`/api/sort/${id}`, { signal: stop.signal });
  const view = new Sort(root, job, sorted, stop);
  await view.open(query.get("find") ?? "");
  return () => view.end();
}

class Sort {
  /** @param {HTMLElement} root @param {any} job @param {any} sorted @param {AbortController} stop */
  constructor(root, job, sorted, stop) {
    this.stop = stop;
    this.sorted = sorted;
    this.decisions = new Decisions(job.id, (what) => (what === "changed" ? notice(told.changed) : tell(what)));
    this.player = new Player(sorted, this.decisions, () => this.clips.mark(this.player.clip));
    this.clips = new Clips(sorted, this.decisions, (clip, seconds) => void this.choose(clip, seconds));
    this.totals = h("div", { class: "sort-totals" });
    this.saved = h("span", { class: "small quiet sort-saved", role: "status" });
    this.back = h("button", { class: "button is-plain", type: "button", "aria-keyshortcuts": "Control+Z", onclick: () => this.undo() }, icon("undo"), told.undo);
    this.field = /** @type {HTMLInputElement} */ (h("input", { class: "input", type: "search", name: "query", "aria-label": told.query, placeholder: told.hint }));
    this.count = h("p", { class: "small quiet", role: "status" });
    const search = h("form", { class: "sort-search", role: "search", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), void this.find()) },
      this.field, h("button", { class: "button", type: "submit" }, icon("search"), told.find));
    this.field.addEventListener("search", () => !this.field.value && void this.find());
    fill(root, h("div", { class: "head" }, h("h1", null, told.title), this.totals, h("span", { class: "grow" }), this.saved, this.back),
      h("div", { class: "sort" }, this.player.element, h("div", { class: "sort-side" }, search, this.count, this.clips.element)),
      h("p", { class: "quiet small sort-keys" }, told.keys), exports(job, stop.signal));
    document.addEventListener("keydown", (event) => this.press(event), { signal: stop.signal });
    addEventListener("beforeunload", (event) => this.decisions.fresh.size && event.preventDefault(), { signal: stop.signal });
  }

  /** @param {string} query */
  async open(query) {
    await this.decisions.load();
    this.decisions.changes.watch(() => this.refresh());
    this.decisions.state.watch((state) => (this.saved.textContent = this.decisions.all.size ? told[state] : ""));
    if (this.sorted.clips.length) void this.choose(this.sorted.clips[0]);
    if (query) {
      this.field.value = query;
      await this.find();
    }
  }

  end() {
    this.stop.abort();
    this.player.close();
    this.clips.watcher.disconnect();
  }

  /** @param {any} clip @param {number} [seconds] */
  async choose(clip, seconds = 0) {
    this.clips.mark(clip);
    await this.player.show(clip, seconds);
  }

  refresh() {
    this.clips.refresh();
    this.player.refresh();
    this.back.disabled = !this.decisions.canUndo;
    const seconds = { keep: 0, unsure: 0, reject: 0 };
    for (const clip of this.sorted.clips) {
      for (const one of clip.segments) {
        const verdict = this.decisions.of(clip.number, one) ?? one.verdict;
        seconds[/** @type {keyof typeof seconds} */ (verdict)] += one.end_s - one.start_s;
      }
    }
    fill(this.totals, /** @type {const} */ (["keep", "unsure", "reject"]).map((verdict) =>
      h("span", { class: "sort-total" }, h("span", { class: `sort-dot is-${verdict}` }), told.verdicts[verdict], " ", h("span", { class: "numbers" }, length(seconds[verdict])))));
  }

  async find() {
    const query = this.field.value.trim();
    history.replaceState(history.state, "", address(location.pathname, { find: query }));
    if (!query) {
      this.count.textContent = "";
      this.clips.all();
      return this.clips.mark(this.player.clip);
    }
    try {
      const found = await get(address(`/api/sort/${this.sorted.job}/find`, { query, limit: 200 }), { signal: this.stop.signal });
      this.count.textContent = told.hits(found.items.length);
      this.clips.found(found.items);
    } catch (error) {
      tell(error);
    }
  }

  undo() {
    const found = this.decisions.undo();
    const clip = found && this.sorted.clips[found[0]];
    const stretch = clip?.segments.find((/** @type {any} */ one) => one.first === found?.[1]);
    if (stretch) void this.choose(clip, stretch.start_s + 1e-3);
  }

  /** From stretch to stretch, and on to the next clip. @param {1 | -1} by */
  hop(by) {
    if (this.player.hop(by)) return;
    const clip = this.sorted.clips[(this.player.clip?.number ?? 0) + by];
    const last = clip?.segments[clip.segments.length - 1];
    if (clip) void this.choose(clip, by > 0 ? 0 : last.start_s + 1e-3);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const at = /** @type {Element} */ (event.target);
    if (at.matches?.(WORDS) || event.altKey || document.querySelector("dialog[open]")) return;
    const { player } = this;
    const isUndo = (event.ctrlKey || event.metaKey) && event.key === "z";
    if ((event.ctrlKey || event.metaKey) && !isUndo) return;
    const actions = /** @type {Record<string, () => unknown>} */ ({
      j: () => player.shuttle(-1),
      k: () => player.shuttle(0),
      l: () => player.shuttle(1),
      ",": () => player.step(-1),
      ".": () => player.step(1),
      1: () => player.decide(VERDICTS[0]),
      2: () => player.decide(VERDICTS[1]),
      3: () => player.decide(VERDICTS[2]),
      ArrowUp: () => this.hop(-1),
      ArrowDown: () => this.hop(1),
      z: () => isUndo && this.undo(),
    });
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    void action();
  }
}
