// @ts-check
/** Watch: a job while it happens, and what became of it. Coming back later loses nothing: all of it is the server's. */
import { ENDED, events, get } from "../api.js";
import { fill, h, icon } from "../element.js";
import { span } from "../format.js";
import { cancel } from "../jobs.js";
import { ask } from "../parts/muto-dialog.js";
import { progress } from "../parts/muto-progress.js";
import { tell } from "../parts/notices.js";
import { kept, keep } from "../state.js";
import { texts } from "../texts.js";
import { doing, filmsOf, firstFilm, leftOf, rateOf, share, stageOf } from "./telling.js";
import { ending } from "./ending.js";
import { listWorking } from "./working.js";

const told = texts.watch;

/**
 * @param {HTMLElement} root
 * @param {import("../app.js").Params} params
 */
export async function render(root, { id }) {
  if (!id) return listWorking(root);
  const job = await get(`/api/jobs/${id}`);
  const view = new Watch(root, job);
  await view.name();
  view.draw();
  return () => view.end();
}

class Watch {
  /** @param {HTMLElement} root @param {any} job */
  constructor(root, job) {
    this.root = root;
    this.job = job;
    this.names = "";
    /** @type {any} the first film, null where it was deleted */
    this.source = null;
    this.stop = () => {};
    this.isPlaying = kept("watch.play", true);
    this.number = 0;
    this.isMissing = false;
  }

  /** Find out what the films are called. */
  async name() {
    const films = filmsOf(this.job);
    this.source = await firstFilm(this.job);
    this.names = this.source ? this.source.name + (films.length > 1 ? ` +${films.length - 1}` : "") : "";
  }

  end() {
    this.stop();
    this.loading?.remove();
  }

  draw() {
    if (ENDED.includes(this.job.state)) return ending(this.root, this.job, this.names, this.source);
    const { job } = this;
    const title = told.of(doing(job), this.names);
    this.picture = h("img", {
      alt: told.latest,
      class: "stage-picture",
      onload: () => this.picture?.classList.add("is-here"),
    });
    this.stage = h("div", { class: "stage" }, this.picture);
    this.modes = h("div", { class: "tabs stage-modes", role: "group", "aria-label": told.view });
    this.bar = progress(null, title);
    this.line = h("p", { class: "numbers watch-line", role: "status" });
    this.more = h("p", { class: "quiet small" });
    this.button = h(
      "button",
      { class: "button", type: "button", onclick: () => this.cancel() },
      icon("close"),
      texts.common.cancel,
    );
    fill(
      this.root,
      h(
        "div",
        { class: "watch" },
        this.stage,
        h(
          "div",
          { class: "watch-foot" },
          this.bar,
          h(
            "div",
            { class: "watch-told" },
            h("div", null, h("h1", null, title), this.line, this.more),
            h("div", { class: "row" }, this.modes, this.button),
          ),
        ),
      ),
    );
    if (job.preview) this.show(Number(job.preview.split("/").pop()));
    this.mode();
    this.tick();
    this.stop = events(job.id, {
      state: (data) => this.changed(data),
      progress: (data) => this.tick({ progress: data }),
      preview: (data) => this.show(data.number),
      notice: (data) => data.cancel_asked && this.tick({ cancel_asked: true }),
      problem: tell,
    });
  }

  /** @param {any} data */
  async changed(data) {
    Object.assign(this.job, { state: data.state });
    if (!ENDED.includes(data.state)) return this.tick();
    this.job = await get(`/api/jobs/${this.job.id}`);
    this.end();
    document.title = `${texts.states[this.job.state]} · ${texts.name}`;
    this.draw();
  }

  /** @param {Record<string, any>} [what] */
  tick(what = {}) {
    Object.assign(this.job, what);
    const { job } = this;
    const part = share(job);
    const left = leftOf(job);
    if (this.bar) this.bar.share = job.state === "queued" ? null : part;
    const words = job.cancel_asked
      ? told.stopping
      : job.state === "queued"
        ? texts.states.queued
        : [stageOf(job), rateOf(job), left !== null && told.left(span(left))].filter(Boolean).join(" · ");
    if (this.line) this.line.textContent = words;
    if (this.more) this.more.textContent = job.state === "queued" ? told.waits : told.away;
    if (this.button) this.button.disabled = job.cancel_asked;
    if (part !== null) document.title = `${Math.floor(part * 100)} % · ${texts.name}`;
  }

  /** @param {number} number of a preview picture */
  show(number) {
    const address = `/api/jobs/${this.job.id}/previews/${number}`;
    if (number <= this.number) return;
    this.number = number;
    // The next one is loaded before it takes the place of the last: no flicker.
    const next = new Image();
    next.onload = () => {
      if (this.number === number && this.picture) /** @type {any} */ (this.picture).src = address;
    };
    next.src = address;
    if (number === 1) this.mode();
  }

  /** @param {boolean} [play] */
  mode(play = this.isPlaying) {
    this.isPlaying = play;
    if (!this.isMissing) keep("watch.play", play);
    const isPlaying = (play || !this.number) && !this.isMissing;
    const choice = (/** @type {boolean} */ value, /** @type {string} */ label) =>
      h(
        "button",
        {
          class: "tab",
          type: "button",
          "aria-pressed": String(value === isPlaying),
          disabled: !value && !this.number,
          onclick: () => this.mode(value),
        },
        label,
      );
    if (this.modes) fill(this.modes, choice(false, told.picture), choice(true, told.play));
    this.stage?.classList.toggle("is-playing", isPlaying);
    if (isPlaying) void this.play();
    else {
      this.loading?.remove();
      this.loading = undefined;
    }
  }

  async play() {
    if (this.loading || this.isMissing) return;
    try {
      await import("../loading/host.js");
    } catch {
      // No canvas, or a part did not arrive: the job is watched all the same.
      this.isMissing = true;
      return this.mode(false);
    }
    if (this.loading || !this.stage?.isConnected) return;
    const made = /** @type {any} */ (document.createElement("muto-loading"));
    made.progress = () => share(this.job) ?? 0;
    this.loading = made;
    this.stage.append(this.loading);
  }

  async cancel() {
    const yes = await ask({
      title: told.cancelTitle,
      text: told.cancelText,
      action: told.cancelYes,
      cancel: told.cancelNo,
      isBad: true,
    });
    if (!yes) return;
    try {
      const job = await cancel(this.job.id);
      this.tick({ cancel_asked: true });
      if (ENDED.includes(job.state)) await this.changed(job);
    } catch (error) {
      tell(error);
    }
  }
}
