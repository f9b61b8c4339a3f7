// @ts-check
/** One clip of a sort: the film, its strip, what is said of the stretch, and the curves below, all at one time. */
import { address, get } from "../api.js";
import { fill, h, icon } from "../element.js";
import { shapeOf } from "../format.js";
import { curve } from "../parts/muto-curve.js";
import "../parts/muto-strip.js";
import { FilmSide } from "../parts/film-side.js";
import { sign } from "../parts/signs.js";
import { TwinFilm } from "../parts/twin-film.js";
import { kept, keep } from "../state.js";
import { texts } from "../texts.js";
import { heatOf } from "./sort-heat.js";

const told = texts.sort;
const BACK_MS = 80;
const FASTEST = 8;
export const VERDICTS = /** @type {const} */ (["keep", "unsure", "reject"]);

export class Player {
  /** @param {any} sorted @param {import("./sort-decisions.js").Decisions} decisions @param {() => void} moved */
  constructor(sorted, decisions, moved) {
    this.sorted = sorted;
    this.decisions = decisions;
    this.moved = moved;
    this.speed = 0;
    this.hasAll = kept("sort-meters", false);
    /** @type {TwinFilm | null} the film, once it is there */
    this.film = null;
    /** @type {TwinFilm | null} */
    this.opening = null;
    this.frame = h("div", { class: "sort-frame" });
    this.strip = /** @type {import("../parts/muto-strip.js").Strip} */ (h("muto-strip", { seekable: true, class: "sort-strip" }));
    this.strip.addEventListener("seek", (event) => this.seek(/** @type {CustomEvent} */ (event).detail));
    this.time = h("span", { class: "numbers small quiet sort-time" });
    this.words = h("div", { class: "sort-words", role: "status" });
    this.buttons = VERDICTS.map((verdict, n) =>
      h("button", { class: `button sort-verdict is-${verdict}`, type: "button", "aria-keyshortcuts": String(n + 1), onclick: () => this.decide(verdict) },
        told.verdicts[verdict], h("kbd", null, String(n + 1))));
    this.curves = h("div", { class: "sort-curves" });
    this.more = h("button", { class: "button is-plain", type: "button", onclick: () => this.toggleMeters() });
    this.element = h("section", { class: "sort-player" }, this.frame, this.strip, this.transport(),
      h("div", { class: "sort-decide", role: "group", "aria-label": told.decide }, this.words, h("div", { class: "row" }, this.buttons)),
      h("div", { class: "sort-meters" }, h("div", { class: "head" }, h("h2", null, told.meters), h("span", { class: "grow" }), this.more), this.curves));
  }

  transport() {
    const button = (/** @type {string} */ label, /** @type {SVGElement} */ drawn, /** @type {string} */ key, /** @type {() => unknown} */ run) =>
      h("button", { class: "button is-icon", type: "button", "aria-label": label, title: `${label} (${key})`, "aria-keyshortcuts": key, onclick: () => void run() }, drawn);
    return h("div", { class: "sort-transport", role: "group", "aria-label": told.playback },
      button(told.before, icon("up"), "ArrowUp", () => this.hop(-1)),
      button(told.next, icon("down"), "ArrowDown", () => this.hop(1)),
      button(told.backwards, sign("backwards"), "J", () => this.shuttle(-1)),
      button(told.stop, icon("pause"), "K", () => this.shuttle(0)),
      button(told.forwards, icon("play"), "L", () => this.shuttle(1)),
      h("span", { class: "grow" }), this.time);
  }

  /**
   * Show a clip.
   * @param {any} clip
   * @param {number} [seconds]
   */
  async show(clip, seconds = 0) {
    if (clip === this.clip) return this.seek(seconds);
    this.close();
    this.clip = clip;
    this.scores = null;
    this.at = seconds;
    this.frame.style.setProperty("--ratio", String(clip.width / clip.height || 16 / 9));
    fill(this.curves);
    this.refresh();
    void this.load(clip);
    const media = clip.media && (await get(`/api/media/${clip.media}`).catch(() => null));
    if (clip !== this.clip) return;
    if (!media) {
      this.still = h("img", { alt: clip.name });
      fill(this.frame, this.still, h("p", { class: "sort-gone small" }, told.noFilm));
      return this.tick();
    }
    this.frame.style.setProperty("--ratio", String(shapeOf(media.info)));
    const side = new FilmSide(media, clip.name);
    fill(this.frame, side.element);
    const film = (this.opening = new TwinFilm([side], () => this.tick(), false));
    await film.open(() => this.at);
    if (film !== this.opening) return;
    this.film = film;
    if (this.speed) this.shuttle(this.speed > 0 ? 1 : -1, this.speed);
    else this.seek(this.at);
  }

  /** @param {any} clip */
  async load(clip) {
    const scores = await get(address(clip.scores, { points: 1000 })).catch(() => null);
    if (clip !== this.clip || !scores) return;
    this.scores = scores;
    this.drawMeters();
    this.refresh();
  }

  close() {
    this.shuttle(0);
    this.opening?.close();
    this.film = this.opening = null;
    this.still = undefined;
  }

  get duration() {
    return this.clip?.duration_s ?? 0;
  }

  /** Number of the stretch that is seen. */
  get chosen() {
    const all = this.clip?.segments ?? [];
    const found = all.findIndex((/** @type {any} */ one) => this.at >= one.start_s - 1e-6 && this.at < one.end_s - 1e-6);
    return found < 0 ? all.length - 1 : found;
  }

  tick() {
    if (this.film && !this.isBack) this.at = this.film.seconds;
    this.strip.at = this.at;
    this.time.textContent = `${clock(this.at)} / ${clock(this.duration)}${Math.abs(this.speed) > 1 ? ` · ${Math.abs(this.speed)}×` : ""}`;
    for (const one of this.curves.querySelectorAll("muto-curve")) /** @type {any} */ (one).at = this.at;
    if (this.still && this.clip?.pictures.length) {
      const n = Math.min(this.clip.pictures.length - 1, Math.floor((this.at / this.duration) * this.clip.pictures.length));
      if (this.still.getAttribute("src") !== this.clip.pictures[n]) this.still.setAttribute("src", this.clip.pictures[n]);
    }
    if (this.chosen !== this.drawn) this.refresh();
  }

  /** Draw what depends on the stretch and on decisions. */
  refresh() {
    if (!this.clip) return;
    this.drawn = this.chosen;
    const { clip, decisions } = this;
    this.strip.data = {
      duration: this.duration,
      label: told.strip(clip.name),
      chosen: this.chosen,
      heat: this.scores ? heatOf(this.scores, this.sorted.meters) : [],
      stretches: clip.segments.map((/** @type {any} */ one) => {
        const own = decisions.of(clip.number, one);
        return { ...one, verdict: own ?? one.verdict, isOwn: Boolean(own) };
      }),
    };
    const stretch = clip.segments[this.chosen];
    if (!stretch) return;
    const own = decisions.of(clip.number, stretch);
    VERDICTS.forEach((verdict, n) => this.buttons[n].setAttribute("aria-pressed", String((own ?? stretch.verdict) === verdict)));
    fill(this.words, h("p", { class: "numbers" }, told.stretch(clock(stretch.start_s), clock(stretch.end_s)), " ", h("span", { class: "quiet" }, stretch.timecode)),
      h("p", { class: "quiet small" }, reasons(stretch, own)));
    this.moved();
  }

  /** @param {typeof VERDICTS[number]} verdict */
  decide(verdict) {
    const stretch = this.clip?.segments[this.chosen];
    if (stretch) this.decisions.decide(this.clip.number, stretch, verdict);
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.at = Math.min(this.duration - 1e-3, Math.max(0, seconds));
    if (this.film) void this.film.seek(this.at);
    else this.tick();
  }

  /** Go to a neighbour among the stretches; false where there is none. @param {number} by */
  hop(by) {
    const stretch = this.clip?.segments[this.chosen + by];
    if (stretch) this.seek(stretch.start_s + 1e-3);
    return Boolean(stretch);
  }

  /** @param {number} by frames */
  step(by) {
    this.shuttle(0);
    void this.film?.step(by);
  }

  /** J, K, L: pressed again it goes faster. @param {-1 | 0 | 1} way @param {number} [speed] instead */
  shuttle(way, speed) {
    const isFaster = way !== 0 && Math.sign(this.speed) === way;
    this.speed = speed ?? (isFaster ? Math.max(-FASTEST, Math.min(FASTEST, this.speed * 2)) : way);
    clearInterval(this.timer);
    this.isBack = this.speed < 0;
    const { film } = this;
    if (!film) return;
    for (const side of film.sides) side.video.playbackRate = Math.max(1, this.speed);
    film.rate = Math.max(1, this.speed);
    if (this.speed > 0 && !film.isPlaying) void film.play();
    if (this.speed <= 0 && film.isPlaying) void film.pause();
    if (this.isBack) this.timer = window.setInterval(() => this.back(), BACK_MS);
    this.tick();
  }

  /** Browsers do not play backwards: one step after another, as fast as the film can be decoded. */
  back() {
    if (!this.film || this.film.isBusy) return;
    this.at = Math.max(0, this.at + (this.speed * BACK_MS) / 1000);
    void this.film.seek(this.at);
    this.tick();
    if (this.at <= 0) this.shuttle(0);
  }

  toggleMeters() {
    this.hasAll = !this.hasAll;
    keep("sort-meters", this.hasAll);
    this.drawMeters();
  }

  drawMeters() {
    this.more.textContent = this.hasAll ? told.mainMeters : told.moreMeters;
    const { scores } = this;
    if (!scores) return;
    const meters = this.sorted.meters.filter((/** @type {any} */ one) => this.hasAll || one.main);
    fill(this.curves, meters.map((/** @type {any} */ meter) => {
      const found = scores.curves.find((/** @type {any} */ one) => one.name === meter.name);
      if (!found || found.values.every((/** @type {any} */ value) => value === null)) return null;
      const chart = curve({
        label: meter.title, x: scores.seconds, lines: [{ name: meter.name, values: found.values }],
        limits: meter.limits, range: [found.least, found.most], bare: true,
      });
      chart.addEventListener("seek", (event) => this.seek(/** @type {CustomEvent} */ (event).detail));
      return h("div", { class: "sort-meter", title: meter.source }, h("span", { class: "small quiet" }, meter.unit ? `${meter.title}, ${meter.unit}` : meter.title), chart);
    }));
    this.tick();
  }
}

/** "1:02.5": tenths count where stretches are short. @param {number} seconds */
function clock(seconds) {
  const tenths = Math.round(seconds * 10);
  const rest = String(Math.floor(tenths / 10) % 60).padStart(2, "0");
  return `${Math.floor(tenths / 600)}:${rest}.${tenths % 10}`;
}

/** @param {any} stretch @param {string | null} own */
function reasons(stretch, own) {
  const verdict = /** @type {any} */ (told.verdicts)[stretch.verdict].toLowerCase();
  const parts = [own ? `${told.you} ${/** @type {any} */ (told.verdicts)[own].toLowerCase()}; ${told.machine} ${verdict}` : `${told.machine} ${verdict}`];
  if (stretch.fault) parts.push(stretch.fault);
  if (stretch.value !== null && stretch.limit !== null) {
    const unit = stretch.unit ? ` ${stretch.unit}` : "";
    parts.push(told.limit(`${stretch.value}${unit}`, `${stretch.limit}${unit}`));
  }
  if (stretch.sure !== null) parts.push(told.sure(Math.round(stretch.sure * 100)));
  const text = parts.join(" · ");
  return text[0].toUpperCase() + text.slice(1);
}
